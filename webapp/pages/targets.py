"""The installed targets and their accuracy. The pages call them characters."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ml.targets.card import TargetCard
from webapp.pages import accuracy, trade_off
from webapp.pages.context import get_stores
from webapp.services import portraits, preferences, targets

bp = Blueprint("targets", __name__)


@bp.get("/characters")
def index() -> ResponseReturnValue:
    """The installed targets that match the search, and the reason for each unusable one."""
    search = request.args.get("search", "").strip()
    cards, faults = targets.list_installed(get_stores())
    return render_template(
        "targets/index.html",
        cards=[card for card in cards if matches(card, search)],
        search=search,
        total=len(cards),
        chosen=preferences.get(get_stores()).target,
        faults=faults,
        summarize=accuracy.summarize,
        portraits=portraits.find_portraits(get_stores()),
    )


def matches(card: TargetCard, search: str) -> bool:
    """Tell whether a target's title or name contains the text, in any case."""
    return search.casefold() in f"{card.title}\n{card.name}".casefold()


@bp.get("/characters/<name>")
def show(name: str) -> ResponseReturnValue:
    """One target with its figures."""
    target = targets.get(get_stores(), name)
    return render_template(
        "targets/show.html",
        card=target.card,
        backbone=target.backbone,
        points=accuracy.list_points(target.card),
        trade_off=trade_off.make_table(
            target.card,
            step=request.args.get("step", type=int),
            one_in=request.args.get("one_in", type=int),
        ),
        chosen=preferences.get(get_stores()).target,
        portraits=portraits.find_portraits(get_stores()),
    )


@bp.post("/characters/<name>/use")
def use(name: str) -> ResponseReturnValue:
    """Look for this target in new jobs."""
    card = targets.get(get_stores(), name).card
    chosen = preferences.get(get_stores())
    preferences.save(get_stores(), dataclasses.replace(chosen, target=card.name))
    flash(f"New jobs look for {card.title}.")
    return redirect(url_for("targets.show", name=card.name), 303)


@bp.get("/targets")
def redirect_index() -> ResponseReturnValue:
    """The address of the list in earlier versions."""
    return redirect(url_for("targets.index"), 301)


@bp.get("/targets/<name>")
def redirect_show(name: str) -> ResponseReturnValue:
    """The address of a target in earlier versions."""
    return redirect(url_for("targets.show", name=name), 301)
