"""Tries to work out single members' scores from what is published, as somebody who knows much would.

Nothing here runs when a release is made. It needs OR-Tools, which the rest of this package does without.
"""

from scoring.attack.adversaries import ALLOWED, Adversary, Effort, Report, Tally, attack, attacks
from scoring.attack.target import Target, published

__all__ = ["ALLOWED", "Adversary", "Effort", "Report", "Tally", "Target", "attack", "attacks", "published"]
