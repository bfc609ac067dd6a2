"""The gestures of the trade: one each, one transaction each; no HTTP, no SQL text.

Siblings do not call one another; what they share lies below them: `prove`, then `journal`, then `register`.
"""
