"""The portal of a Lettre Suivie Électronique: deposit, pay, notify, consult, refuse, prove, audit."""
