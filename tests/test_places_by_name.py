"""A place is found by its name, with its state or country where several places have that name."""

import pytest

import siting as st
from siting.world.place_facts import row_named, shipped_names
from siting.world.tables import read_table


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Abilene TX", "abilene"),
        ("Abilene, Texas", "abilene"),
        ("abilene us-tx", "abilene"),
        ("Abilene, United States", "abilene"),
        ("Luleå", "lulea"),
        ("Luleå, Sweden", "lulea"),
        ("lulea SE", "lulea"),
    ],
)
def test_a_name_with_its_region_is_found(name: str, expected: str) -> None:
    assert row_named(name)["id"] == expected


def test_a_place_is_looked_up_by_name_as_at_the_command_line() -> None:
    facts = st.place("Luleå").set_index("fact")["value"]
    assert facts["grid zone"] == "SE-SE1"
    assert facts.equals(st.place(*map(float, facts["lon, lat"].split(","))).set_index("fact")["value"])


def test_a_region_that_is_not_the_place_s_is_refused() -> None:
    with pytest.raises(st.ScenarioError, match="no shipped site is called `Abilene SE`: did you mean `abilene`"):
        st.place("Abilene SE")


def test_half_a_place_is_refused() -> None:
    with pytest.raises(st.ScenarioError, match=r"22\.1 and None: give longitude and latitude as numbers, or one name"):
        st.place(22.1)


def test_a_name_of_several_places_is_settled_by_its_region() -> None:
    ids, by_name = shipped_names()
    name, rows = next((n, r) for n, r in sorted(by_name.items()) if len(r) > 1 and n not in ids)
    with pytest.raises(st.ScenarioError, match="add the state or country, or give an id"):
        row_named(name)
    sites = read_table("sites").set_index("id")
    for _, _, key in rows:
        where = sites.at[key, "jurisdiction"]
        if (sites.loc[[r[2] for r in rows], "jurisdiction"] == where).sum() == 1:
            assert row_named(f"{name} {where}")["id"] == key
