"""One letter under any interleaving of robots, people, bounces and time: at most one act, and each by the right address."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from portal.config import Settings
from portal.domain.lifecycle import SETTLED, STEPS, Status
from portal.office import open_office
from portal.services import followup
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town
from tests.withstand import gestures, invariants
from tests.withstand.test_link_life import BOUNCED

PLACES = {"A": "203.0.113.7", "B": "2001:db8:1:2::7"}
RIGHT = st.sampled_from([gestures.RECIPIENT, f"  {gestures.RECIPIENT} ", gestures.RECIPIENT.upper()])
WRONG = st.sampled_from(["", "x@exemple.nc", "joel@exemple.fr", "joel", "joel@exemple.nc.fr", "%", "a" * 400])
WHERE = st.sampled_from(sorted(PLACES))
ACTS = {"ConsignmentAcceptance", "ConsignmentRejection"}
LAWFUL = {(before, after) for (before, _), (after, _) in STEPS.items()}


class Life(RuleBasedStateMachine):
    """A letter that was sent, seen through its pages; `made` is set by the test."""

    made: Path

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.folder = tempfile.mkdtemp()
        home = Path(self.folder) / "home"
        shutil.copytree(self.made, home)
        self.office = open_office(Settings.from_env({"LSE_HOME": str(home), "LSE_LIMITS": "no"}), clock=self.clock)
        self.town = Town(self.office, gestures.log())
        gestures.presented(self.office)
        self.link = f"/l/{gestures.token(self.office, 1)}"
        self.people = {name: Recipient(self.town, at=address) for name, address in PLACES.items()}
        for one in self.people.values():
            one.gets("/verifier")  # a page whose form gives the token of this browser
            one.link = self.link
        self.status = Status.SENT
        self.right_posts = 0
        self.head: str | None = None

    def teardown(self) -> None:
        gestures.works(self.office)
        invariants.nothing_is_owed(self.office)
        invariants.hold(self.office, since=self.head)
        self.office.db.dispose()
        shutil.rmtree(self.folder)

    @rule(where=WHERE, path=st.sampled_from(["", "/refuser", "/consulter", "/relire"]))
    def looks(self, where: str, path: str) -> None:
        before = gestures.seen(self.office, 1)
        browser = self.people[where].browser
        at = {"base_url": self.town.base_url, "environ_overrides": {"REMOTE_ADDR": PLACES[where]}}
        assert browser.get(self.link + path, **at).status_code < 500
        assert browser.head(self.link + path, **at).status_code < 500
        assert gestures.seen(self.office, 1) == before

    @rule(where=WHERE, typed=WRONG, act=st.sampled_from(["consulter", "refuser"]))
    def a_robot_submits(self, where: str, typed: str, act: str) -> None:
        before = gestures.seen(self.office, 1)
        told = invariants.events(self.office, 1)
        form = {"address": typed, "confirm": "yes"}
        assert self.people[where].posts(f"{self.link}/{act}", form).status_code < 500
        assert gestures.seen(self.office, 1) == before
        assert Counter(invariants.events(self.office, 1)[len(told) :]).keys() <= {
            "challenge-failed",
            "visit",
            "access-denied",
        }

    @rule(where=WHERE, typed=RIGHT)
    def consults(self, where: str, typed: str) -> None:
        self.right_posts += 1
        possible = self._possible()
        answer = self.people[where].and_consults(typing=typed)
        if possible:
            assert answer.status_code == 303
            assert "Voici le relevé" in self.people[where].follows().text
        assert answer.status_code in (303, 403, 409, 410)

    @rule(where=WHERE, typed=RIGHT)
    def refuses(self, where: str, typed: str) -> None:
        self.right_posts += 1
        possible = self._possible()
        answer = self.people[where].posts(f"{self.link}/refuser", {"address": typed, "confirm": "yes"})
        assert answer.status_code == 303 if possible else answer.status_code in (403, 409, 410)

    @rule(where=WHERE)
    def refuses_without_ticking(self, where: str) -> None:
        before = gestures.seen(self.office, 1)
        assert self.people[where].posts(f"{self.link}/refuser", {"address": gestures.RECIPIENT}).status_code >= 400
        assert gestures.seen(self.office, 1) == before

    @rule()
    def the_mail_comes_back(self) -> None:
        followup.bounce(self.office, 1, BOUNCED)

    @rule()
    def somebody_says_the_time_is_over(self) -> None:
        with suppress(followup.NotOverYet):
            followup.neglect(self.office, 1)

    @rule(hours=st.sampled_from([0, 1, 30, 24 * 4, 24 * 9]), seconds=st.integers(0, 59))
    def time_passes(self, hours: int, seconds: int) -> None:
        self.clock.now += timedelta(hours=hours, seconds=seconds)

    @rule()
    def time_comes_to_the_deadline(self) -> None:
        deadline = gestures.seen(self.office, 1).deadline
        assert deadline is not None
        self.clock.now = max(self.clock.now, deadline)

    @rule()
    def the_worker_works(self) -> None:
        gestures.works(self.office)
        self.head = invariants.hold(self.office, since=self.head)

    def _possible(self) -> bool:
        letter = gestures.seen(self.office, 1)
        assert letter.deadline is not None
        return letter.status in (Status.SENT, Status.UNDELIVERED) and self.clock.now <= letter.deadline

    @invariant()
    def steps_are_lawful_and_the_end_is_the_end(self) -> None:
        status = gestures.seen(self.office, 1).status
        if status is not self.status:
            assert self.status not in SETTLED
            assert (self.status, status) in LAWFUL
        self.status = status

    @invariant()
    def there_is_one_act_at_most_and_each_has_its_post(self) -> None:
        told = Counter(invariants.events(self.office, 1))
        assert sum(told[act] for act in ACTS) <= min(1, self.right_posts)
        assert max(Counter(gestures.kinds(self.office, 1)).values()) == 1
        letter = gestures.seen(self.office, 1)
        assert (letter.bound is not None) == bool(told["ConsignmentAcceptance"])


def test_whatever_happens_a_letter_has_one_act_and_each_proof_once(made_home: Path) -> None:
    Life.made = made_home
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
