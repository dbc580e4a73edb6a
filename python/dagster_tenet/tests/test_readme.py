import re
from pathlib import Path
from typing import Any

from dagster import Definitions, materialize

from fakes import Fakes
from scenario import Scenario

README = Path(__file__).parents[1] / "README.md"


def test_the_example_of_the_readme_loads_and_runs(fakes: Fakes, scenario: Scenario) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code, "README.md", "exec"), names)
    Definitions.validate_loadable(names["defs"])
    result = materialize(
        [names["applications"], names["decisions"]],
        partition_key="2026-05-01",
        resources={"tenet": scenario.resource},
    )
    assert result.success
    assert [record["decision"]["outcome"] for record in fakes.records()] == ["approve", "refer"]
