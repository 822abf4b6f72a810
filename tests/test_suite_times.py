"""The suite's time by room, as shares of the whole."""

from pathlib import Path

from tests.suite_times import shares

RECORD = """<testsuites><testsuite>
<testcase classname="tests.gradlab.theory.test_signs" name="test_a" time="1.5" />
<testcase classname="tests.test_project" name="test_b" time="0.5" />
<testcase classname="tests.site.test_files" name="test_c[x.y]" time="6.0" />
<testcase classname="tests.gradlab.theory.test_order" name="test_d" time="2.0" />
</testsuite></testsuites>"""


def test_rooms_have_their_shares_and_the_longest_comes_first(tmp_path: Path) -> None:
    record = tmp_path / "times.xml"
    record.write_text(RECORD, encoding="utf-8")
    assert shares(record) == "site 60%, gradlab/theory 35%, tests 5%"
