"""The forms about a plan: its limits, and what is written about an action."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from wtforms import (
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from action_plans import Month
from action_plans.model import Limits
from charter.database.people import Person
from charter.database.plans import Action, Funding
from charter.services.errors import Invalid
from charter.services.plan_decisions import (
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_DAYS,
    MOST_MONEY,
    ActionValues,
)
from charter.services.plan_limits import amount
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.labels import label
from questionnaires.message import Message, message


class LimitsForm(CharterForm):
    """What the organization can carry."""

    start = SelectField(message("First month"), validate_choice=False)
    months = StringField(message("How many months"))
    capacity_days = StringField(message("Days of work a month, all actions together"))
    budget = StringField(message("Budget"))
    max_actions = StringField(message("Actions at most"))

    @classmethod
    def of(cls, limits: Limits) -> LimitsForm:
        """Filled in with these limits, as they are to be typed."""
        return cls(
            formdata=None,
            start=str(limits.start),
            months=str(limits.months),
            capacity_days=typed(limits.capacity_days),
            budget="" if limits.budget is None else typed(limits.budget),
            max_actions=str(limits.max_actions),
        )

    def offer(self, months: Sequence[tuple[Month, str]]) -> None:
        """The months to choose from; the one that is chosen stays, though it may have passed."""
        self.start.choices = [(str(month), name) for month, name in months]


class ActionForm(CharterForm):
    """What is written about an action."""

    title = StringField(message("Title"), [Needed(), AtMost(LONGEST_TITLE)], filters=[clean_text])
    description = TextAreaField(message("Description"), [AtMost(LONGEST_TEXT)], filters=[clean_text])
    starts_on = DayField(message("Start"), [Needed()])
    due_on = DayField(message("Due"), [Needed()])
    owner = SelectField(message("Responsible"))
    owner_text = StringField(
        message("Responsible, if it is nobody of this list"), [AtMost(LONGEST_NAME)], filters=[clean_text]
    )
    supporters = SelectMultipleField(message("Who helps"))
    effort_days = StringField(message("Days of work"))
    cost_planned = StringField(message("Cost"))
    funding = SelectField(message("Who pays"))
    help_needed = TextAreaField(message("Technical help needed"), [AtMost(LONGEST_TEXT)], filters=[clean_text])
    indicator = TextAreaField(message("How to see that it worked"), [AtMost(LONGEST_TEXT)], filters=[clean_text])
    baseline = StringField(message("Where this stands today"), [AtMost(LONGEST_NAME)], filters=[clean_text])
    target = StringField(message("Where it should come to"), [AtMost(LONGEST_NAME)], filters=[clean_text])
    version = IntegerField(message("Version"), [InputRequired()], default=0)

    def offer(self, people: Sequence[Person]) -> None:
        """The people to choose from."""
        self.owner.choices = [("", message("Nobody of them")), *((str(each.id), each.name) for each in people)]
        self.supporters.choices = [(str(each.id), each.name) for each in people]
        self.funding.choices = [("", message("Not known yet")), *((each.value, label(each)) for each in Funding)]

    def values(self) -> ActionValues:
        """What was typed, after the form was found valid. Invalid for what is no number."""
        problems: dict[str, Message] = {}
        effort = _hundredths("effort_days", self.effort_days.data, MOST_DAYS, problems)
        cost = _hundredths("cost_planned", self.cost_planned.data, MOST_MONEY, problems)
        if problems:
            raise Invalid(problems)
        return ActionValues(
            title=self.title.data or "",
            description=self.description.data,
            starts_on=self.starts_on.data,
            due_on=self.due_on.data,
            owner_id=int(self.owner.data) if self.owner.data else None,
            owner_text=self.owner_text.data,
            supporter_ids=tuple(int(each) for each in self.supporters.data or ()),
            effort_days=effort,
            cost_planned=cost,
            funding=Funding(self.funding.data) if self.funding.data else None,
            help_needed=self.help_needed.data,
            indicator=self.indicator.data,
            baseline=self.baseline.data,
            target=self.target.data,
        )


class AddForm(ActionForm):
    """An action of the organization's own, with the criteria that it is to raise."""

    criteria = SelectMultipleField(message("What it should improve"))


def stored_values(action: Action) -> dict[str, object]:
    """How the form is filled in for an action."""
    plain = ("title", "description", "starts_on", "due_on", "owner_text", "help_needed", "indicator")
    return {name: getattr(action, name) for name in (*plain, "baseline", "target", "version")} | {
        "owner": str(action.owner_id or ""),
        "supporters": [str(each.id) for each in action.supporters],
        "effort_days": _shown(action.effort_days),
        "cost_planned": _shown(action.cost_planned),
        "funding": action.funding.value if action.funding else "",
    }


def typed(value: Fraction) -> str:
    """A number with two decimals at most, as one types it."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _shown(hundredths: int | None) -> str:
    return "" if hundredths is None else typed(Fraction(hundredths, 100))


def _hundredths(name: str, text: str | None, most: int, problems: dict[str, Message]) -> int | None:
    if not (text or "").strip():
        return None
    value = amount(text or "", most)
    if value is None:
        problems[name] = message("Please give a number from 0 to {most}.", most=most)
        return None
    return int(value * 100)
