"""Accessibility findings of a page in real Chromium, by axe-core (bundled by axe-playwright-python)."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")


def serious_findings(page: Any, *, within: str | None = None) -> list[str]:
    """Return what axe-core holds for serious or critical on the page as it stands: a line an element.

    Args:
        page: A Playwright page.
        within: A CSS selector; only what lies in it is looked at. None: the whole page.
    """
    found = Axe().run(page, context=within, options={"resultTypes": ["violations"]})
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {_place(node)}: {_reason(node)}"
        for rule in found.response["violations"]
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


def _place(node: dict[str, Any]) -> str:
    return f"{' '.join(map(str, node['target']))} {node['html'][:160]}"


def _reason(node: dict[str, Any]) -> str:
    checks = [*node.get("any", []), *node.get("all", []), *node.get("none", [])]
    return "; ".join(check["message"] for check in checks)
