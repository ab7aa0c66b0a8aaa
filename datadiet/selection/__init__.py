"""Which examples a training keeps: rules, class quotas, imported lists. Knows no torch."""

from datadiet.selection.choose import Selection, select
from datadiet.selection.listed import LIST_FORMATS, parse_index_list
from datadiet.selection.registry import RULES, Rule
from datadiet.selection.request import SelectionRequest

__all__ = ["LIST_FORMATS", "RULES", "Rule", "Selection", "SelectionRequest", "parse_index_list", "select"]
