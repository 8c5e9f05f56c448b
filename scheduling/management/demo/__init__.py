"""The demo: two organizations to try, the same ones every time, alive at whatever hour they are looked at.

What is made depends on the seed and on the minute it is made in, on nothing else. Each slot has a name, and its name
decides whether somebody wants it, when that is booked, and what becomes of it (`demand`, `fates`): so a later run finds
what is there and goes on with it. Whether it can be had is for the rules of `scheduling.domain` to say (`diaries`).

The demo knows its own appointments by their `request_id`, which begins with "demo-", and leaves in `request_digest` the
version at which it left them. Whatever a person does to one makes a new version: from then on the demo lets it be.
"""

from random import Random

SEED = 1948


def chance(*name: object) -> Random:
    """Give the dice of whatever is named: they fall the same way every time."""
    return Random(" ".join(map(str, (SEED, *name))))  # noqa: S311 nothing secret is drawn
