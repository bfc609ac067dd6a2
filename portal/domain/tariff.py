"""What a letter costs. The price is tax-inclusive and anchors the rest; amounts are whole francs (XPF has no cents)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tariff:
    """A price and its parts, in XPF."""

    total: int
    """Tax included: what is paid."""
    tax_percent: int

    @property
    def net(self) -> int:
        """Before tax, rounded to the nearest franc: 400 at 6 % gives 377."""
        return (self.total * 200 + 100 + self.tax_percent) // (2 * (100 + self.tax_percent))

    @property
    def tax(self) -> int:
        """What remains: 400 - 377 = 23."""
        return self.total - self.net
