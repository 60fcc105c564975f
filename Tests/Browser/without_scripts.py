"""The counter in a browser that runs no scripts: everything works but the drawing of charts.

One person signs in, reads, prints, exports, searches and opens matters; another approves them. One browser serves all of it.
Usage: without_scripts.py --url http://127.0.0.1:8080 --accounts demo.sqlite.accounts --artefacts artefacts
"""

import argparse
import sys
import tempfile
import time
from urllib.parse import quote

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from counter import DESK, run
from desks import Desk, credit_code, national_id, workbook

COMPANY = {"name": "示范无脚本有限公司"}


def the_browser_runs_no_scripts(c):
    c.driver.get("data:text/html,<title>still</title><script>document.title = 'ran'</script><noscript>none</noscript>")
    assert c.driver.title == "still", "the browser runs scripts: what follows would prove nothing"
    c.see("none")


def the_dashboard_tells_its_figures(c):
    c.sign_in()
    c.open("/")
    c.see("浏览器没有运行脚本,图不显示,请看下面的数字")
    canvases = c.driver.find_elements(By.CSS_SELECTOR, "canvas[data-chart]")
    folds = c.driver.find_elements(By.CSS_SELECTOR, "details.small > summary")
    assert len(canvases) == len(folds) == 3, "a chart without its figures"
    assert not any(canvas.is_displayed() for canvas in canvases), "an empty frame stands where a chart would be"
    for fold in folds:
        fold.click()
    for words in ("日期", "医疗类别", "月"):
        assert any(words == head.text for head in c.driver.find_elements(By.CSS_SELECTOR, "details[open] th")), words
    figures = c.driver.find_elements(By.CSS_SELECTOR, "details[open] tbody td.num")
    assert any(figure.text not in ("", "0", "0.00") for figure in figures), "the tables are empty"
    c.shot("plain-dashboard")
    c.fits()


def a_settlement_is_found_printed_and_exported(c):
    c.sign_in()
    c.follow("结算")
    care = Select(c.driver.find_element(By.NAME, "care"))
    chosen = next(option for option in care.options if option.text == "普通住院")
    care.select_by_value(chosen.get_attribute("value"))
    c.press("查询")
    rows = c.driver.find_elements(By.CSS_SELECTOR, "table.list tbody tr")
    assert rows and all("普通住院" in row.text for row in rows), [row.text for row in rows][:3]
    kind, body = c.fetch(c.driver.find_element(By.LINK_TEXT, "导出 CSV").get_attribute("href")[len(c.url):])
    assert kind.startswith("text/csv") and "普通住院" in body.decode("utf-8-sig").splitlines()[1], (kind, body[:200])
    kind, body = c.fetch(c.driver.find_element(By.LINK_TEXT, "导出 Excel").get_attribute("href")[len(c.url):])
    assert body.startswith(b"PK"), kind
    c.follow_first()
    for words in ("怎样算出来的", "依据", "个人现金"):
        c.see(words)
    c.follow("打印结算单")
    c.see("医疗费用结算单")
    c.shot("plain-print")


def a_person_is_searched(c):
    c.sign_in()
    c.open("/people")
    c.type("q", "示")
    c.answered(lambda: c.driver.find_element(By.NAME, "q").send_keys(Keys.ENTER))
    c.follow_first()
    c.see("待遇享受")
    c.open("/people?q=" + quote("没有这个人"))
    c.see("没有找到“没有这个人”")


def a_form_keeps_what_was_typed_and_is_approved(c):
    code = credit_code(7654399)
    c.work_as("dengji")
    c.open("/matters/new")
    c.type("q", "单位参保登记")
    c.press("查找")
    c.follow("单位参保登记")
    c.put("form.creditCode", code)
    c.put("form.name", COMPANY["name"])
    c.press("提交")
    c.see("处需要改正")
    kept = c.driver.find_element(By.NAME, "form.name")
    assert kept.get_attribute("value") == COMPANY["name"], "what was typed was lost"
    assert c.focused().get_attribute("aria-invalid") == "true", "the keyboard does not begin at the first wrong field"
    for name, value in {
        "management": "1", "contact": "示范联系人", "phone": "0990-7654399", "day": f"{c.today}",
    }.items():
        c.put("form." + name, value)
    c.put("paper.licence", c.scan())
    c.press("提交")
    c.see("办理记录")
    address = c.driver.current_url[len(c.url):]
    assert not c.driver.find_elements(By.CSS_SELECTOR, "button[value=agree]"), "the opener is offered to approve"
    c.approve("dengjifuhe", address)
    c.see("已办结")
    COMPANY["id"] = c.driver.find_element(By.CSS_SELECTOR, ".fine a").get_attribute("href").rsplit("/", 1)[1]


def a_list_is_looked_up_checked_and_carried_out(c):
    rows = [["姓名", "证件类型", "证件号码", "性别", "出生日期", "人员类别", "开始日期", "街道乡镇代码", "确认不是同名人员"]]
    rows += [[f"示无脚{name}", "01", national_id(number), "", "", "", f"{c.today.replace(day=1)}", "", ""]
             for number, name in ((921, "甲"), (922, "乙"))]
    c.work_as("dengji")
    c.fill("enrolment.list.joiners", {"employer": COMPANY["name"]})
    c.press("查找")
    c.see(f"✓ {COMPANY['name']}")
    c.put("form.sheet", workbook(c.file("增员(无脚本).xlsx"), rows))
    c.press("先检查")
    c.see("检查通过,可以提交")
    c.see("已收到 增员(无脚本).xlsx")
    c.press("提交")
    c.see("办理记录")
    address = c.driver.current_url[len(c.url):]
    # From the work list, ticked by the keyboard and agreed to in one go.
    c.work_as("dengjifuhe")
    number = address.rsplit("/", 1)[1]
    c.driver.find_element(By.CSS_SELECTOR, f"input[name=matter][value^='{number}_']").send_keys(Keys.SPACE)
    c.press("同意")
    c.open(address)
    # The page renews itself while the list is worked on, without a script and without a hand.
    patience = time.monotonic() + 60
    while "已办结" not in c.driver.find_element(By.TAG_NAME, "h1").text:
        assert time.monotonic() < patience, c.text()[:1000]
        time.sleep(0.5)
    c.follow("逐行结果")
    c.see("示无脚甲")
    c.shot("plain-list-done")


def events_are_read_in_words(c):
    c.work_as("jihe")
    c.open("/events")
    c.see("办件:")
    c.do_not_see("{\"")
    c.driver.find_element(By.CSS_SELECTOR, "details.written > summary").click()
    c.see("所写各行的 SM3")
    c.fits()


STEPS = [
    the_browser_runs_no_scripts, the_dashboard_tells_its_figures, a_settlement_is_found_printed_and_exported,
    a_person_is_searched, a_form_keeps_what_was_typed_and_is_approved, a_list_is_looked_up_checked_and_carried_out,
    events_are_read_in_words,
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--accounts", required=True)
    arguments.add_argument("--artefacts", default="artefacts")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Desk.folder = folder
        desk = Desk(options.url, options.accounts, options.artefacts, DESK, scripts=False)
        try:
            passed = sum(run(desk, step) for step in STEPS)
        finally:
            desk.close()
    print(f"{passed} passed, {len(STEPS) - passed} failed")
    sys.exit(0 if passed == len(STEPS) else 1)


if __name__ == "__main__":
    main()
