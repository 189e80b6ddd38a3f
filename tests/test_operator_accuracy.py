"""What is said of operators' published PUE: computed from the figures beside it, and true of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")


def figures(name: str) -> Any:
    return json.loads((ROOT / "docs" / "accuracy" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def operators() -> dict[str, Any]:
    found: dict[str, Any] = figures("cooling_operators.json")
    return found


def test_the_share_that_degree_days_explain_is_the_squared_correlation(operators: dict[str, Any]) -> None:
    rows = operators["places"]
    pue, cdd = (np.array([row[name] for row in rows]) for name in ("pue_ttm", "cdd21_k_day"))
    assert operators["r2_of_published_pue"]["degree_days_base_21"] == pytest.approx(
        np.corrcoef(pue, cdd)[0, 1] ** 2, abs=0.001
    )


def test_the_share_that_the_operator_explains_is_the_variance_between_their_means(operators: dict[str, Any]) -> None:
    """Of one way of grouping: between-group over total sum of squares."""
    pue = {
        name: np.array([r["pue_ttm"] for r in operators["places"] if r["operator"] == name])
        for name in ("Google", "Azure")
    }
    everything = np.concatenate(list(pue.values()))
    between = sum(len(mine) * (mine.mean() - everything.mean()) ** 2 for mine in pue.values())
    share = between / ((everything - everything.mean()) ** 2).sum()
    assert operators["r2_of_published_pue"]["operator"] == pytest.approx(share, abs=0.001)


def test_design_explains_more_than_climate_and_the_page_says_so(operators: dict[str, Any]) -> None:
    explained = operators["r2_of_published_pue"]
    assert explained["operator"] > explained["degree_days_base_21"]
    assert "The operator explains more of the published spread than the location" in PAGE
    for name in ("degree_days_base_21", "operator", "operator_and_degree_days"):
        assert f"{explained[name]:.0%}".replace("%", " %") in PAGE


def test_neighbours_are_near_and_their_mean_is_that_of_the_pairs(operators: dict[str, Any]) -> None:
    differences = [pair["pue_difference"] for pair in operators["neighbours"]]
    assert all(pair["km"] <= 100 for pair in operators["neighbours"])
    assert operators["mean_difference_of_neighbours"] == pytest.approx(np.mean(differences), abs=0.001)


def test_the_lines_of_the_page_are_those_of_the_shipped_model() -> None:
    """Fit anew; a change of the model that is not measured again is found out here."""
    from degree_day_fit import pue_by_degree_days

    written = {(row["design"], row["base_c"]): row for row in figures("cooling_degree_days.json")["lines"]}
    for row in pue_by_degree_days().to_dict("records"):
        line = written[row["design"], 21]
        for name in ("slope_per_k_day", "intercept", "r2", "residual_sd"):
            assert line[name] == pytest.approx(row[name], rel=1e-3), (row["design"], name)
        assert f"| {row['design']} | 21 | {1000 * line['slope_per_k_day']:.4f} | {line['intercept']:.4f} |" in PAGE
