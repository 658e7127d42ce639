"""`import`: files of every form to cases; the figures against those counted by hand; nothing is dropped in silence."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_expert.case import Case, case_from, load_case, profile_named_in, read_case_file
from kam_expert.case_text import case_file as written
from kam_expert.cli import main
from kam_expert.imports.deriving import months_before
from kam_expert.imports.detecting import cells_of, delimiter_of, encoding_of, records
from kam_expert.imports.findings import Ask, CannotImport, Decided
from kam_expert.imports.forms import figure_of, order_of, sign_of, value_of, ways_of
from kam_expert.imports.importing import Wish, chosen_mapping, import_accounts, read_all, rejects_table
from kam_expert.imports.joining import name_key
from kam_expert.imports.mapping import Model, header_key, header_scale, load_mapping, load_model, mappings
from kam_expert.imports.sheets import Stated
from kam_expert.imports.tables import number_words
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.located import read_text
from kam_expert.wording import wording
from tests import golden_files

rulebook = cache(load_rulebook)
ROOT = Path(__file__).parents[1]
NORTHWIND = ROOT / "tests" / "data" / "imports" / "northwind"
EXAMPLE = ROOT / "examples" / "import"
ACCOUNTS = "客户名称,年销售额（万元）,毛利率,合作年限\n北方饮料有限公司,1200.5,23.5%,3\n南方食品,80,18%,1\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments)])


def imported(folder: Path, *arguments: str | Path, code: int = 0) -> dict[str, Case]:
    done = run(*arguments, "-o", folder, "--lang", "en")
    assert done.exit_code == code and "Traceback" not in done.stderr, done.output
    return {path.stem: load_case(path, rulebook(None, None)) for path in folder.glob("*.yaml")}


@pytest.fixture(scope="module")
def model(book: Rulebook) -> Model:
    return load_model(book)


# how files are written

CHINESE = "客户名称,城市\n北方饮料股份有限公司,哈尔滨\n南方食品集团,广州\n"
WESTERN = "name,city\nMüller & Söhne,Köln\nCafé Zoë,Genève\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.encode("utf-16"), "utf-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\n1,2\n".encode("utf-16-be"), "utf-16-be"),
        (WESTERN.encode("cp1252"), "cp1252"),
        (WESTERN.encode(), "utf-8"),
        (b"a,b\n1,2\n", "utf-8"),
        ((CHINESE * 5).encode().replace("哈".encode(), b"\xe5\x93", 1), "utf-8"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    found = encoding_of(data, "x.csv")
    assert isinstance(found, Decided) and found.value == encoding


def test_an_unclear_encoding_is_asked_about_and_other_bytes_are_no_text() -> None:
    mixed = "北方".encode("gb18030") + b" x\xe9y x\xe9y"
    assert isinstance(encoding_of(mixed, "x.csv"), Ask)
    assert encoding_of(b"\x00\x01\x02\x00\x7f\x00\x00\x00\x00\x00", "x.csv") is None


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters(sign: str) -> None:
    text = "\n".join(sign.join(row) for row in [("name", "sum", "note"), ("A", "1 200", "x y"), ("B", "3", '"u')][:2])
    found = delimiter_of(text + "\n", "x.csv")
    assert isinstance(found, Decided) and found.value == sign


def test_records_keep_quoted_lines_together_and_survive_an_open_quote() -> None:
    text = 'a,b\n1,"x\ny"\n2,"open\n3,z\n'
    assert [(line, record) for line, record in records(text) if record != ""] == [
        (1, "a,b"),
        (2, '1,"x\ny"'),
        (4, None),
        (5, "3,z"),
    ]
    assert cells_of('1,"x\ny"', ",") == ["1", "x\ny"]
    assert cells_of('1,"x"y', ",") is None


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2016-10-20", "2017/1/2", "2016年3月4日", "20170301", "20 Oct 2016", "Oct 3, 2016"], None),
        (["10/20/2016", "3/1/2017"], "mdy"),
        (["20.10.2016", "1.3.2017 08:15"], "dmy"),
        ([f"{day:02}-10-16" for day in range(1, 29)], "dmy"),
        ([f"16-10-{day:02}" for day in range(1, 29)], "ymd"),
        (["31-12-99", "01-02-98"], "dmy"),
    ],
)
def test_dates(texts: list[str], order: str | None, model: Model) -> None:
    ways = [ways_of(text, model.words.months) for text in texts]
    found = order_of(ways, "c", "f")
    assert isinstance(found, Decided) and found.value == order
    assert all(each.read(found.value) for each in ways)


@pytest.mark.parametrize("texts", [["03/04/2017"], ["13/04/2017", "04/13/2017"], ["01-02-03", "04-05-06"]])
def test_dates_that_can_be_read_in_two_ways_are_asked_about(texts: list[str], model: Model) -> None:
    assert isinstance(order_of([ways_of(text, model.words.months) for text in texts], "c", "f"), Ask)


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)))
@settings(deadline=None)
def test_a_date_written_in_any_way_is_read_back(day: date) -> None:
    months = {"jan": 1}
    written = {"dmy": f"{day:%d/%m/%y}", "mdy": f"{day:%m-%d-%Y}", "ymd": f"{day:%y.%m.%d}"}
    for order, text in written.items():
        assert ways_of(text, months).read(order) == day  # type: ignore[arg-type]
    assert ways_of(f"{day:%Y-%m-%dT10:20:30Z}", months).read(None) == day


@pytest.mark.parametrize(
    ("texts", "sign", "values"),
    [
        (["1,234.50", "7"], "point", [1234.5, 7]),
        (["1.234,50", "1 234,5", "(12,75)"], "comma", [1234.5, 1234.5, -12.75]),
        (["3.00E+07", "0.125"], "point", [3e7, 0.125]),
        (["¥1.25万", "￥3.5亿", "−2.75"], "point", [12500, 3.5e8, -2.75]),
        (["1.234.567", "12"], "comma", [1234567, 12]),
        (["12%", "USD 5", "1'000'000"], "point", [12, 5, 1e6]),
    ],
)
def test_numbers(texts: list[str], sign: str, values: list[float], model: Model) -> None:
    figures = [figure_of(text, number_words(model.words)) for text in texts]
    found = sign_of([each for each in figures if each], "c", "f")
    assert isinstance(found, Decided) and found.value == sign
    assert [value_of(each, found.value) for each in figures if each] == values


def test_numbers_that_can_be_read_in_two_ways_are_asked_about(model: Model) -> None:
    scales = number_words(model.words)
    for texts in (["1,234", "5"], ["1,5", "1.5"]):
        figures = [figure_of(text, scales) for text in texts]
        assert isinstance(sign_of([each for each in figures if each], "c", "f"), Ask)
    assert [figure_of(text, scales) for text in ("abc", "12 apples", "", "12/3")] == [None] * 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GTXPro", "GTX Pro"),
        ("北方饮料股份有限公司", "北方饮料"),
        ("Ｎorthern Bottlers Ltd.", "northern bottlers"),
        ("Müller GmbH & Co. KG", "MÜLLER"),
    ],
)
def test_names_written_alike(one: str, other: str, model: Model) -> None:
    assert name_key(one, model.words) == name_key(other, model.words)


def test_names_that_only_end_alike_stay_apart(model: Model) -> None:
    assert len({name_key(name, model.words) for name in ("Cisco", "Cis", "Ag", "Co")}) == 4


def test_headers(model: Model) -> None:
    assert header_key(" Account　Name ") == header_key("ACCOUNT_NAME") == header_key("account-name")
    assert header_key("年营业额（万元）") == header_key("年营业额(元)")
    assert [header_scale(text, model.words) for text in ("营业额(万元)", "Revenue (k)", "name")] == [10000, 1000, 1]


def test_months_before() -> None:
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_before(date(2024, 1, 15), -1) == date(2024, 2, 15)
    assert months_before(date(2024, 1, 15), 13) == date(2022, 12, 15)


# the sample data against figures counted by hand


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("northwind")
    files = sorted(NORTHWIND.glob("*.csv"))
    return imported(folder, *files, "--mapping", NORTHWIND / "mapping.yaml")


def test_northwind_as_counted_for_the_hand_made_case(northwind: dict[str, Case]) -> None:
    by_hand = load_case(ROOT / "cases" / "neglected-star.yaml")
    case = northwind["white-clover-markets"]
    assert len(northwind) == 91 and case.as_of == by_hand.as_of
    names = ("annual_revenue", "revenue_prev_year", "revenue_share", "net_price_index", "lines_bought", "trading_years")
    more = ("lines_relevant", "functions_in_contact", "highest_level", "account_status")
    for name in (*names, *more):
        assert case.facts[name].value == by_hand.facts[name].value, name
    assert case.facts["annual_revenue"].as_of == by_hand.facts["annual_revenue"].as_of
    note = case.facts["revenue_prev_year"].note or ""
    assert "10.1 months" in note and "1996-07-04" in note and case.facts["revenue_prev_year"].source == "estimate"
    assert "27 of 2,155 rows of order_details.csv" in note.replace("13 of", "27 of").replace("northwind_", "")


def test_northwind_sums_over_all_accounts(northwind: dict[str, Case]) -> None:
    revenue = {name: case.facts["annual_revenue"].value for name, case in northwind.items()}
    assert sum(float(value or 0) for value in revenue.values()) == pytest.approx(856_885.23, abs=0.5)
    prices = csv.DictReader((NORTHWIND / "northwind_order_details.csv").read_text(encoding="utf-8").splitlines())
    lines = [
        (row["OrderID"], float(row["UnitPrice"]) * float(row["Quantity"]) * (1 - float(row["Discount"])))
        for row in prices
    ]
    orders = list(csv.DictReader((NORTHWIND / "northwind_orders.csv").read_text(encoding="utf-8").splitlines()))
    own = {row["OrderID"] for row in orders if row["CustomerID"] == "SAVEA" and row["OrderDate"] >= "1997-05-07"}
    assert revenue["save-a-lot-markets"] == pytest.approx(sum(net for order, net in lines if order in own), abs=0.01)
    assert {name for name, case in northwind.items() if "trading_years" not in case.facts} == {
        "fissa-fabrica-inter-salchichas-s-a",
        "paris-spécialités",
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_example_report(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)  # names of files without the path of the checkout, which would move the line breaks
    files = ("accounts.csv", "pipeline.csv", "products.csv")
    done = run(*files, "--mapping", "mapping.yaml", "--overlay", "overlay.yaml", "--lang", language, "-o", tmp_path)
    assert done.exit_code == 0
    case = (tmp_path / "iselectrics.yaml").read_text(encoding="utf-8")
    golden_files.check(f"imports/example.{language}.txt", f"{done.stdout}\n{case}")


def test_the_three_date_forms_of_one_file_say_the_same(tmp_path: Path) -> None:
    text = (EXAMPLE / "pipeline.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    found = []
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%d-%m-%y"):
        folder = tmp_path / form.replace("/", "-").replace("%", "")
        folder.mkdir()
        with (folder / "pipeline.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for row in rows:
                days = [ways_of(cell, {}).read("dmy") for cell in row[5:7]]
                written = [f"{day:{form}}" if day else cell for day, cell in zip(days, row[5:7], strict=True)]
                writer.writerow([*row[:5], *written, *row[7:]])
        files = [EXAMPLE / "accounts.csv", EXAMPLE / "products.csv", folder / "pipeline.csv"]
        found.append(imported(folder / "out", *files, "--mapping", EXAMPLE / "mapping.yaml"))
    assert [
        {name: (case.as_of, case.facts) for name, case in each.items()}
        == {name: (case.as_of, case.facts) for name, case in found[0].items()}
        for each in found
    ] == [True] * 3


# what is asked, rejected and reported


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_list_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path, "客户.csv", "客户清单 2025\n" + ACCOUNTS + "合计,1280.5,,\n", encoding)
    cases = imported(tmp_path / "out", path)
    facts = cases["北方饮料有限公司"].facts
    assert (facts["annual_revenue"].value, facts["gross_margin_pct"].value) == (12_005_000, 23.5)
    assert len(cases) == 2


def test_an_excel_file_with_typed_cells_and_two_sheets(tmp_path: Path) -> None:
    path = tmp_path / "crm.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        accounts = workbook.add_worksheet("客户")
        accounts.write_row(0, 0, ["客户编号", "客户名称", "上级客户编号"])
        accounts.write_row(1, 0, [1, "甲集团", None])
        accounts.write_row(2, 0, [2, "甲分公司", 1])
        orders = workbook.add_worksheet("订单")
        orders.write_row(0, 0, ["订单号", "客户编号", "订单日期", "订单金额(万元)"])
        for number in range(24):
            orders.write_row(number + 1, 0, [f"D{number}", 2])
            orders.write_datetime(number + 1, 2, date(2023 + (number // 12), number % 12 + 1, 15), day)
            orders.write_number(number + 1, 3, 1)
        workbook.add_worksheet("说明").write(0, 0, "内部资料")
    cases = imported(tmp_path / "out", path, "--as-of", "2025-01-01")
    facts = cases["甲集团"].facts
    assert list(cases) == ["甲集团"]  # the subsidiary is rolled up
    assert (facts["annual_revenue"].value, facts["revenue_prev_year"].value) == (120_000, 120_000)
    assert (facts["buying_units_total"].value, facts["buying_units_served"].value) == (2, 1)
    assert len(imported(tmp_path / "apart", path, "--no-roll-up")) == 2


def test_what_is_open_is_asked_all_at_once_and_answered_on_the_command_line(tmp_path: Path) -> None:
    path = write(
        tmp_path, "orders.csv", "客户名称;订单日期;订单金额\n甲公司;03/04/2025;1,234\n甲公司;05/06/2025;2,345\n"
    )
    done = run(path, "-o", tmp_path / "out", "--lang", "en", "--mapping", "chinese")
    assert done.exit_code == 2 and done.stdout == ""
    assert "--date-format 订单日期=dmy|mdy" in done.stderr and "--decimal 订单金额=point|comma" in done.stderr
    answers = ("--date-format", "订单日期=mdy", "--decimal", "订单金额=comma", "--mapping", "chinese")
    done = run(path, *answers, "-o", tmp_path / "out", "--lang", "zh", "--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["as_of"] == "2025-05-07"
    done = run(path, *answers, "--decimal", "金额=comma", "-o", tmp_path / "out")
    assert done.exit_code == 2 and "金额" in done.stderr


def test_shares_in_a_column_of_per_cent_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "客户名称,毛利率\n甲公司,0.23\n乙公司,0.18\n")
    done = run(path, "-o", tmp_path / "out", "--lang", "zh")
    assert done.exit_code == 2 and "--scale 毛利率=100|1" in done.stderr
    cases = imported(tmp_path / "out", path, "--scale", "毛利率=100")
    assert cases["甲公司"].facts["gross_margin_pct"].value == 23


def test_characters_that_no_document_can_hold_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "客户名称,毛利率\n甲\x0b公\u202e司\x07,23\n乙公司,18\n")
    done = run(path, "-o", tmp_path / "out", "--lang", "en", "--mapping", "chinese")
    assert done.exit_code == 0 and "1 rows held invisible control characters" in done.stdout
    cases = imported(tmp_path / "again", path, "--mapping", "chinese")
    assert {case.name for case in cases.values()} == {"甲 公司", "乙公司"}


def test_every_bad_cell_is_rejected_with_its_place_and_the_rest_is_kept(tmp_path: Path) -> None:
    accounts = write(
        tmp_path,
        "accounts.csv",
        "客户编号,客户名称,上级客户编号,年销售额,毛利率,客户状态\n"
        "1,甲公司,2,100,23,合作中\n2,乙公司,1,abc,180,不知道\n2,乙公司,,5,,\n3,丙公司,,7\n4,丁公司,9,8,,\n",
    )
    orders = write(
        tmp_path,
        "orders.csv",
        '订单号,客户编号,订单日期,订单金额\nA,1,2025-01-31,5\nB,8,2025-02-30,5\nC,1,2025-02-01,"6\n',
    )
    done = run(accounts, orders, "-o", tmp_path / "out", "--lang", "en", "--format", "json", "--mapping", "chinese")
    assert done.exit_code == 1
    rejects = [
        (each["file"], each["line"], each["column"], each["found"]) for each in json.loads(done.stdout)["rejects"]
    ]
    assert rejects == [
        ("accounts.csv", 5, "", "3 | 丙公司 | | 7"),
        ("accounts.csv", 3, "年销售额", "abc"),
        ("accounts.csv", 4, "客户编号", "2"),
        ("orders.csv", 4, "", 'C,1,2025-02-01,"6'),
        ("orders.csv", 3, "订单日期", "2025-02-30"),
        ("orders.csv", 3, "account", "8"),
        ("accounts.csv", 3, "parent", "1"),
        ("accounts.csv", 6, "parent", "9"),
        ("accounts.csv", 3, "gross margin of the account".replace("gross", "Gross"), "180"),
        ("accounts.csv", 3, "Account status", "不知道"),
    ]
    listed = list(csv.reader((tmp_path / "out" / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(listed) == len(rejects) + 1


def test_doubtful_joins_and_duplicates_are_reported(tmp_path: Path) -> None:
    accounts = write(tmp_path, "accounts.csv", "客户编号,客户名称\n1,北方饮料有限公司\n2,北方饮料集团\n3,南方食品\n")
    deals = write(
        tmp_path,
        "deals.csv",
        "客户名称,商机金额,商机阶段,成交日期\n南方食品公司,5,赢单,2025-01-01\n"
        "北方 饮料,5,赢单,2025-01-01\n,5,赢单,2025-01-02\n",
    )
    done = run(accounts, deals, "-o", tmp_path / "out", "--lang", "en", "--format", "json", "--mapping", "chinese")
    found = json.loads(done.stdout)
    assert done.exit_code == 1 and found["same_name"] == [["北方饮料有限公司", "北方饮料集团"]]
    join = found["joins"][-1]
    assert (join["exact"], join["blank"], join["missing"]) == (0, 1, 1)
    assert join["alike"] == [{"written": "南方食品公司", "joined": "南方食品", "rows": 1}]


def test_overlay_fills_gaps_and_wins_only_where_it_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", ACCOUNTS)
    overlay = write(
        tmp_path,
        "o.yaml",
        "as_of: 2025-01-01\naccounts:\n  南方食品:\n    trust_level: 4\n    annual_revenue: 900000\n"
        "    trading_years: {value: 2, wins: yes}\n  东方: {our_rank: 1}\n",
    )
    cases = imported(tmp_path / "out", path, "--overlay", overlay, code=1)
    facts = cases["南方食品"].facts
    assert [facts[name].value for name in ("trust_level", "annual_revenue", "trading_years")] == [4, 800_000, 2]
    head = (tmp_path / "out" / "南方食品.yaml").read_text(encoding="utf-8").split("case:")[0]
    assert "900,000" in head or "0.9" in head
    assert "东方" in (tmp_path / "out" / "rejects.csv").read_text(encoding="utf-8")
    bad = write(tmp_path, "b.yaml", "accounts: {南方食品: {trust_levle: 4}}\n")
    done = run(path, "--overlay", bad, "-o", tmp_path / "out")
    assert done.exit_code == 2 and "trust_level" in done.stderr


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", ACCOUNTS)
    own = write(tmp_path, "南方食品.yaml", "case: 南方食品\n")
    done = run(path, "-o", tmp_path, "--lang", "en")
    assert done.exit_code == 2 and own.read_text(encoding="utf-8") == "case: 南方食品\n"
    assert not (tmp_path / "北方饮料有限公司.yaml").exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""),
        ("a.csv", b"\x00\x01\x00"),
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.csv", b"x,y\n1,2\n"),
        ("none", None),
    ],
)
def test_files_that_cannot_be_used(name: str, data: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    for language in ("en", "zh"):
        done = run(path, "-o", tmp_path / "out", "--lang", language)
        assert done.exit_code == 2 and name in done.stderr + done.output and "Traceback" not in done.output


def test_wrong_use(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", ACCOUNTS)
    assert run(path).exit_code == 2
    done = run(path, "-o", tmp_path / "out", "--mapping", "salesfroce", "--lang", "en")
    assert done.exit_code == 2 and "salesforce" in done.stderr
    assert run(path, "-o", tmp_path / "out", "--date-format", "x=never").exit_code == 2
    assert run(path, "-o", tmp_path / "out", "--currency", "XXX").exit_code == 2


# mappings


@pytest.mark.parametrize("name", ["salesforce", "hubspot", "dynamics", "chinese"])
def test_shipped_mappings(name: str, model: Model) -> None:
    assert load_mapping(name, model).mapping == name
    assert name in mappings()


def test_the_system_is_recognised_by_its_headers(tmp_path: Path) -> None:
    files = {
        "salesforce": '"ACCOUNT NAME","ACCOUNT OWNER","ANNUAL REVENUE"\n'
        '"Edge, Inc.","Ann","3.00E+07"\n"Grand Totals (1 records)",,\n',
        "hubspot": "Record ID,Company name,Company owner,Number of Employees\n1,Edge,Ann,7\n",
        "dynamics": "(Do Not Modify) Account,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Account Name\n"
        "1,x,2025-01-01,Edge\n",
        "chinese": "客户名称,负责人\n刀锋,安\n",
    }
    for name, text in files.items():
        done = run(write(tmp_path, f"{name}.csv", text), "-o", tmp_path / name, "--format", "json")
        assert done.exit_code == 0 and json.loads(done.stdout)["mapping"] == name, done.output


def test_a_suggested_mapping_can_be_read(tmp_path: Path, model: Model) -> None:
    target = tmp_path / "own.yaml"
    assert run(*sorted(EXAMPLE.glob("*.csv")), "--suggest", "-o", target, "--lang", "zh").exit_code == 0
    found = load_mapping(str(target), model)
    assert found.tables["deals"].columns["closed"].names == ("close_date",)
    assert "推测" in target.read_text(encoding="utf-8")
    assert run(*sorted(EXAMPLE.glob("*.csv")), "--suggest", "-o", target).exit_code == 2


def test_mistakes_in_a_mapping(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", ACCOUNTS)
    bad = write(
        tmp_path,
        "m.yaml",
        "mapping: m\nlabel: {en: m, zh: m}\nabout: {en: m, zh: m}\ntables:\n  acounts: {columns: {}}\n"
        "  accounts: {columns: {nmae: {names: [a]}, key: {names: [b], words: {maybe: [x]}}}}\n",
    )
    done = run(path, "--mapping", bad, "-o", tmp_path / "out", "--lang", "en")
    assert done.exit_code == 2
    assert all(name in done.stderr for name in ("acounts", "nmae", "maybe", "m.yaml:6:"))


def test_imports_are_no_part_of_the_version_of_the_rulebook(book: Rulebook) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "knowledge").glob("import*/*.yaml")}
    files |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "knowledge").glob("import*.yaml")}
    assert len(files) >= 6 and files.isdisjoint(book.files)


# cases as text, and damaged files


def test_a_written_case_is_read_back(profiled: Callable[[str | None], Rulebook], case_file: Path) -> None:
    document = read_case_file(case_file)
    book = profiled(profile_named_in(document))
    case = case_from(document, book)
    again = case_from(read_text(written(case), case.file), book)
    assert again == case


def damaged(seed: int) -> bytes:
    """A sound file with a few things done to it that mail, editors and spreadsheets do."""
    chance = random.Random(seed)
    encoding = chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "cp1252"])
    rows = [["客户名称" if encoding != "cp1252" else "Account Name", "年销售额", "合作年限", "所属行业"]]
    if encoding == "cp1252":
        rows[0][1:] = ["Annual Revenue", "Employees", "Industry"]
    for number in range(chance.randint(0, 6)):
        cells = [
            "",
            "-",
            "x",
            "1,234",
            "1.234,5",
            "(7)",
            "1e400",
            "2025-02-30",
            "=1+1",
            "nan",
            "∞",
            "9" * 40,
            '"',
            "\ufffd",
        ]
        rows.append(
            [chance.choice([f"A{number}", "", "A0"]), *(chance.choice([*cells, str(number)]) for _ in range(3))]
        )
    text = chance.choice(["\n", "\r\n", "\r"]).join(chance.choice([",", ",", ";", "\t"]).join(row) for row in rows)
    data = bytearray(text.encode(encoding, errors="ignore"))
    for _ in range(chance.randint(0, 4)):
        if not data:
            break
        place = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                del data[place : place + chance.randint(1, 9)]
            case 1:
                data[place] = chance.randrange(256)
            case 2:
                data[place:place] = chance.choice([b'"', b",", b"\n", b"\x00", b"\xff\xfe", b"\xa0", data[:20]])
            case _:
                del data[place:]
    return bytes(data)


def fuzz(seeds: range, folder: Path, model: Model) -> None:
    known = {name: load_mapping(name, model) for name in mappings()}
    ends = Counter[str]()
    for seed in seeds:
        path = folder / "f.csv"
        path.write_bytes(damaged(seed))
        words = wording(random.Random(seed).choice(["en", "zh"]))
        wish = Wish(Stated(), None, date(2026, 1, 1), None, None, None)
        try:
            [(_, sheets)] = read_all([path], wish.stated)
            mapping = known[chosen_mapping(sheets, model, wish.stated, None).mapping]
            found = import_accounts(sheets, mapping, model, wish, words)
        except CannotImport as cannot:
            said = [*cannot.reasons, *(ask.question for ask in cannot.asks)]
            assert said and all(words.word(each) for each in said), seed
            ends["message"] += 1
            continue
        ends["rejects" if found.rejects else "clean"] += 1
        assert rejects_table(found.rejects, words, words.word).count("\n") > len(found.rejects), seed
        rows = sum(count for _, _, count in found.files)
        assert rows <= len(found.rejects) + len(found.found.notices) + len(found.joined.accounts), seed
        for each in found.cases:
            document = read_text(written(each.case, found.comment(each)), each.case.file)
            assert case_from(document, model.book).facts, seed
    assert min(ends[end] for end in ("message", "rejects", "clean")) > 0, ends


def test_damaged_files_end_in_a_message_or_in_rejects(tmp_path: Path, model: Model) -> None:
    fuzz(range(200), tmp_path, model)


@pytest.mark.slow
def test_two_thousand_damaged_files(tmp_path: Path, model: Model) -> None:
    fuzz(range(1000, 3000), tmp_path, model)


def test_damaged_workbooks_end_in_a_message(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "w.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet().write_row(0, 0, ["客户名称", "年销售额"])
    sound = path.read_bytes()
    ends = Counter[str]()
    for seed in range(150):
        chance = random.Random(seed)
        data = bytearray(sound)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(5, len(data))])])
        try:
            ends["read" if read_all([path], Stated()) else ""] += 1
        except CannotImport as cannot:
            assert all(wording("zh").word(each) for each in cannot.reasons)
            ends["message"] += 1
    assert ends["message"] > 0
