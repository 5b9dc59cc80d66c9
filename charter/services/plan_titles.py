"""Texts of actions in the reader's language: what comes from the pack and nobody changed is shown translated."""

from __future__ import annotations

from action_plans import action_title
from charter.database.plans import Action
from questionnaires import Pack
from questionnaires.message import Message, message
from questionnaires.model import Action as PackAction


def shown_title(action: Action, pack: Pack, shown: Pack) -> Message:
    """The title; `shown` is the pack in the reader's language."""
    if action.pack_action is not None:
        try:
            if action.title == str(action_title(pack, action.pack_action))[:300]:
                return action_title(shown, action.pack_action)
        except KeyError:
            pass  # carried over from a questionnaire that had it
    return message("{title}", title=action.title)


def owner_of(action: Action, pack: Pack, shown: Pack) -> str | None:
    """The person who owns it, else the role that should."""
    if action.owner is not None:
        return action.owner.name
    before, now = _source(action, pack), _source(action, shown)
    return now.owner if before and now and action.owner_text == before.owner else action.owner_text


def shown_indicator(action: Action, pack: Pack, shown: Pack) -> str | None:
    """How to see that it worked."""
    before, now = _source(action, pack), _source(action, shown)
    return now.indicator if before and now and action.indicator == before.indicator else action.indicator


def _source(action: Action, pack: Pack) -> PackAction | None:
    return next((each for each in pack.actions if each.id == action.pack_action), None)
