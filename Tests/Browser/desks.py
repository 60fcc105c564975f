"""The desks seen by the people who work there: headless Chromium opens matters, approves them as somebody else,
and follows what they bring about.

Runs against a server with a demonstration county; screenshots are kept as build artefacts.
Usage: desks.py --url http://127.0.0.1:8080 --accounts demo.sqlite.accounts --artefacts artefacts
"""

import argparse
import csv
import datetime
import decimal
import pathlib
import sys
import tempfile
import time
import zipfile
from urllib.parse import quote
from xml.sax.saxutils import escape

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from counter import DESK, PHONE, Counter, run

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def national_id(number, born="19900101"):
    """An identity number of the demonstration area that passes its check digit."""
    body = f"990100{born}{number:03d}"
    rest = sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS)) % 11
    return body + "10X98765432"[rest]


def credit_code(number):
    """A credit code with its check character (GB 32100-2015)."""
    body = f"91990100MA{number:07d}"
    total = sum(CREDIT_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + CREDIT_LETTERS[(31 - total % 31) % 31]


def workbook(path, rows):
    """A workbook with one sheet of texts, as an office program would save it."""
    def cell(row, column, text):
        return f'<c r="{chr(65 + column)}{row}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    lines = "".join(
        f'<row r="{number}">' + "".join(cell(number, column, text) for column, text in enumerate(row)) + "</row>"
        for number, row in enumerate(rows, 1))
    spread = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{spread}" xmlns:r="{office}"><sheets>'
        '<sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{spread}"><sheetData>{lines}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return str(path)


class Desk(Counter):
    """What people at the desks do, in their words."""

    folder = None
    # The agency's day is Beijing's, wherever the browser stands.
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()

    def file(self, name):
        return pathlib.Path(Desk.folder) / name

    def scan(self):
        """A paper as the scanner saves it."""
        path = self.file("scan.pdf")
        path.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n")
        return str(path)

    def work_as(self, login):
        self.driver.delete_all_cookies()
        self.sign_in(login)

    def put(self, name, value):
        field = self.driver.find_element(By.NAME, name)
        if field.tag_name == "select":
            Select(field).select_by_value(value)
        elif field.get_attribute("type") in ("date", "month"):
            self.driver.execute_script("arguments[0].value = arguments[1]", field, value)
        else:
            if field.get_attribute("type") != "file":
                field.clear()
            field.send_keys(value)

    def fill(self, kind, fields, papers=()):
        self.open("/matters/new/" + kind)
        for name, value in fields.items():
            self.put("form." + name, value)
        for name in papers:
            self.put("paper." + name, self.scan())

    def submit(self, kind, fields, papers=()):
        """Opens a matter and answers its address."""
        self.fill(kind, fields, papers)
        self.press("提交")
        address = self.driver.current_url[len(self.url):]
        assert "/new/" not in address, self.driver.find_element(By.TAG_NAME, "main").text[:1500]
        return address

    def approve(self, login, address, opinion="材料齐全,同意"):
        self.work_as(login)
        self.open(address)
        self.driver.find_element(By.CSS_SELECTOR, "textarea[name=opinion]").send_keys(opinion)
        self.press("同意")
        problems = [problem.text for problem in self.driver.find_elements(By.CSS_SELECTOR, ".problem")]
        assert not problems, f"{login} cannot approve {address}: {problems}"

    def until_done(self, address, seconds=90):
        """Waits for a job as a person does: the page renews itself."""
        patience = time.monotonic() + seconds
        while time.monotonic() < patience:
            self.open(address)
            if "已办结" in self.driver.find_element(By.TAG_NAME, "h1").text:
                return
            time.sleep(0.3)
        raise AssertionError("not carried out:\n" + self.driver.find_element(By.TAG_NAME, "main").text[:1500])

    def carried(self, address):
        self.until_done(address, 5)
        return self.driver.find_element(By.CSS_SELECTOR, ".fine, .notice").text

    def focused(self):
        return self.driver.switch_to.active_element

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "main").text


COMPANY = {"name": "示范织造有限公司", "people": 50}


def a_company_with_fifty_people(c):
    code = credit_code(7654321)
    c.work_as("dengji")
    c.fill("enrolment.employer.register", {"creditCode": code[:-1] + ("0" if code[-1] != "0" else "1")})
    c.press("提交")
    c.see("校验位")
    c.see("请填写“单位名称”")
    assert c.driver.find_element(By.NAME, "form.creditCode").get_attribute("value"), "what was typed was lost"
    assert c.focused().get_attribute("aria-invalid") == "true", "the keyboard does not begin at the first wrong field"
    c.shot("desk-form-wrong")
    address = c.submit(
        "enrolment.employer.register",
        {
            "creditCode": code, "name": COMPANY["name"], "management": "1", "contact": "示范联系人",
            "phone": "0990-7654321", "day": f"{c.today}",
        }, ["licence"])
    c.see("办理记录")
    c.shot("desk-matter-open")
    c.fits()
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.shot("desk-matter-done")
    COMPANY["id"] = c.driver.find_element(By.CSS_SELECTOR, ".fine a").get_attribute("href").rsplit("/", 1)[1]

    # Somebody leaves again yesterday, so that they must have begun before it.
    month = (c.today - datetime.timedelta(days=1)).replace(day=1)
    rows = [["姓名", "证件类型", "证件号码", "性别", "出生日期", "人员类别", "开始日期", "街道乡镇代码", "确认不是同名人员"]]
    digits = "零一二三四五六七八九"
    for number in range(COMPANY["people"]):
        name = f"示织{digits[number // 10]}{digits[number % 10]}"
        rows.append([name, "01", national_id(number + 101), "", "", "", f"{month}", "", ""])
    COMPANY["rows"] = rows[1:]
    wrong = [row[:] for row in rows]
    wrong[3][2] = wrong[3][2][:-1] + ("0" if wrong[3][2][-1] != "0" else "1")
    wrong[5][6] = "2026-13-01"
    c.work_as("dengji")
    c.fill(
        "enrolment.list.joiners",
        {"employer": COMPANY["name"], "sheet": workbook(c.file("增员(有错).xlsx"), wrong)})
    c.press("先检查")
    c.see("表格中的问题")
    c.shot("desk-list-checked")
    cells = [cell.text for cell in c.driver.find_elements(By.CSS_SELECTOR, ".limited tbody tr td:first-child")]
    assert cells == ["4", "6"], cells
    address = c.submit(
        "enrolment.list.joiners", {"employer": COMPANY["id"], "sheet": workbook(c.file("增员.xlsx"), rows)})
    # Whoever reviews sees whose list it is, and on its page the employer and not only a number.
    c.work_as("dengjifuhe")
    c.see(f"{COMPANY['name']} · 增员.xlsx(50 行)")
    c.open(address)
    c.see(f"{COMPANY['name']} · {code}")
    c.approve("dengjifuhe", address)
    c.until_done(address)
    c.see("50")
    c.shot("desk-list-done")
    c.open(f"/employers/{COMPANY['id']}")
    c.see(COMPANY["name"])
    c.see("在保 50 人")
    c.shot("desk-employer")
    c.fits()


def nobody_approves_their_own(c):
    c.work_as("dengji")
    address = c.submit(
        "enrolment.employer.register",
        {
            "creditCode": credit_code(7654322), "name": "示范自批有限公司", "management": "1", "contact": "示范联系人",
            "phone": "0990-7654322", "day": f"{c.today}",
        }, ["licence"])
    assert not c.driver.find_elements(By.CSS_SELECTOR, "button[value=agree]"), "the opener is offered to approve"
    # The button put in by hand is refused all the same.
    c.driver.execute_script(
        "const b = document.createElement('button'); b.name = 'act'; b.value = 'agree'; b.id = 'forged';"
        "document.querySelector('form.act-form').append(b)")
    c.answered(c.driver.find_element(By.ID, "forged").click)
    assert c.driver.find_elements(By.CSS_SELECTOR, ".problem"), c.text()[:800]
    c.shot("desk-own-approval")
    c.open(address)
    c.do_not_see("已办结")
    c.open("/work?bench=opened")
    c.see("示范自批有限公司")
    c.work_as("dengjifuhe")
    c.see("示范自批有限公司")
    c.shot("desk-work")
    c.fits()


def a_declaration_becomes_a_paid_bill(c):
    year, month = c.today.year, f"{c.today:%Y-%m}"
    c.work_as("jishu")
    rows = [["证件类型", "证件号码", "姓名", "月平均工资", "起始月"]]
    rows += [["01", row[2], row[0], "6500.00", ""] for row in COMPANY["rows"]]
    address = c.submit(
        "contributions.wages.declare",
        {"employer": COMPANY["id"], "year": str(year), "sheet": workbook(c.file("工资.xlsx"), rows)})
    c.approve("zhengjiao", address)
    c.until_done(address, 10)
    c.work_as("jishu")
    address = c.submit("contributions.run.month", {"month": month})
    c.approve("zhengjiao", address)
    c.until_done(address)
    c.open(f"/bills?payer={COMPANY['id']}")
    c.shot("desk-bills")
    c.fits()
    bill = c.driver.find_element(By.CSS_SELECTOR, "table.list tbody td a").text
    c.open(f"/bills/{bill}")
    c.see("示织零零")
    c.shot("desk-bill")
    payable = c.driver.find_element(By.CSS_SELECTOR, ".card-figure .figure").text.rstrip("元").replace(",", "")
    code = credit_code(7654321)
    rows = [["电子税票号码", "应缴单号", "纳税人识别号", "纳税人名称", "费款所属期", "实缴金额", "入库日期", "原电子税票号码"]]
    # Paid yesterday: a day is reconciled when it is over.
    paid = c.today - datetime.timedelta(days=1)
    rows.append([f"示税{c.today:%Y%m%d}01", bill, code, COMPANY["name"], month, payable, f"{paid}", ""])
    c.work_as("ruzhang")
    address = c.submit("contributions.receipts.take", {"source": "1", "sheet": workbook(c.file("到账.xlsx"), rows)})
    c.approve("zhengjiao", address)
    c.until_done(address)
    c.open(f"/bills/{bill}")
    c.see("已缴清")
    c.open(f"/receipts?from={c.today}&to={c.today}")
    c.see(f"示税{c.today:%Y%m%d}01")
    c.shot("desk-receipts")
    c.open("/collection")
    c.see("征缴月报")
    c.shot("desk-collection")
    c.fits()

    # What the tax office says of yesterday: our receipt, and one of which we know nothing.
    rows.append([f"示税{c.today:%Y%m%d}99", "", code, COMPANY["name"], month, "88.00", f"{paid}", ""])
    c.work_as("ruzhang")
    address = c.submit(
        "contributions.reconcile",
        {"source": "1", "first": f"{paid}", "last": f"{paid}", "sheet": workbook(c.file("税务明细.xlsx"), rows)})
    c.approve("zhengjiao", address)
    assert "差异" in c.carried(address)
    c.follow_first(".fine a")
    c.see("对方有我方无")
    c.see(f"示税{c.today:%Y%m%d}99")
    c.do_not_see(f"示税{c.today:%Y%m%d}01")
    c.shot("desk-reconciliation")
    c.fits()
    c.open("/reconciliations")
    c.see("差异 ")
    c.shot("desk-reconciliations")
    c.fits()


def an_account_is_credited_and_stated(c):
    c.work_as("jishu")
    address = c.submit("contributions.run.credits", {"month": f"{c.today:%Y-%m}"})
    c.approve("zhengjiao", address)
    c.until_done(address)
    paper = COMPANY["rows"][0][2]
    c.open(f"/accounts?q={paper}")
    c.see("对账单")
    c.shot("desk-accounts")
    c.fits()
    c.follow_first()
    c.see("130.00")
    c.shot("desk-account")
    c.fits()
    c.follow("打印对账单")
    c.see("个人账户对账单")
    c.shot("desk-statement")
    statement = c.driver.find_element(By.LINK_TEXT, "PDF").get_attribute("href")[len(c.url):]
    kind, body = c.fetch(statement)
    assert kind == "application/pdf" and body.startswith(b"%PDF-"), (kind, body[:60])
    (c.artefacts / "对账单.pdf").write_bytes(body)
    c.open(f"/people?q={paper}")
    c.follow_first()
    c.see("缴费记录")
    c.see(f"{c.today:%Y-%m}")
    c.shot("desk-person")
    c.fits()
    c.follow_first("a[href$='/contributions']")
    c.see("单位缴纳")
    c.fits()


def goals_and_lists_go_to_the_towns(c):
    town, year = "990100901", c.today.year - 1
    c.work_as("dengji")
    rows = [["乡镇代码", "乡镇名称", "包片科室"], [town, "示范测试镇", ""]]
    address = c.submit("enrolment.towns.set", {"sheet": workbook(c.file("乡镇.xlsx"), rows)})
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.work_as("dengji")
    rows = [["年度", "指标", "乡镇代码", "科室", "目标"]]
    for measure, goal in (("居民参保人数", "300"), ("居民征缴收入", "50000.00")):
        rows += [[str(year), measure, "", "", goal], [str(year), measure, town, "", goal]]
    rows.append([str(year), "职工征缴收入", "", "", "400000.00"])
    address = c.submit("enrolment.targets.set", {"sheet": workbook(c.file("目标.xlsx"), rows)})
    c.approve("dengjifuhe", address)
    c.approve("kezhang", address)
    c.until_done(address, 5)
    for measure in (2, 3, 4):
        for step in ("按周", "按月", "按年"):
            c.open(f"/targets?year={year}&measure={measure}&step={quote(step)}")
            c.see("全县" + step + "进度")
            c.see("完成率")
            assert c.driver.find_elements(By.CSS_SELECTOR, "canvas[data-chart]"), "no chart beside the table"
            c.fits()
        c.shot(f"desk-targets-{measure}")
    c.open(f"/targets/all?year={year}")
    export = c.driver.find_element(By.LINK_TEXT, "导出 CSV").get_attribute("href")[len(c.url):]
    kind, body = c.fetch(export)
    assert "职工征缴收入,全县," in body.decode("utf-8-sig"), body[:300]

    c.work_as("dengji")
    rows = [["证件号码", "姓名", "乡镇代码", "证件类型", "出生日期", "救助类别", "联系电话"]]
    rows.append([national_id(901), "示未参保", town, "01", "", "", "0990-7654321"])
    rows.append([COMPANY["rows"][0][2], COMPANY["rows"][0][0], town, "01", "", "", ""])
    address = c.submit(
        "enrolment.population.import",
        {"kind": "1", "name": "示范镇人口", "asOf": f"{c.today}", "sheet": workbook(c.file("人口.xlsx"), rows)})
    c.approve("dengjifuhe", address)
    c.until_done(address)
    c.follow_first(".fine a")
    c.see("示未参保")
    c.do_not_see(COMPANY["rows"][0][0])
    c.shot("desk-population")
    c.fits()
    number = c.driver.current_url.rsplit("/", 1)[1]
    c.work_as("dengji")
    address = c.submit("enrolment.missing.handOver", {"list": number})
    c.approve("dengjifuhe", address)
    c.approve("kezhang", address)
    c.until_done(address)
    c.open("/hand-overs?kind=1")
    c.see("示范测试镇")
    c.shot("desk-hand-overs")
    c.follow_first()
    c.see("示未参保")
    c.fits()


def a_certificate_is_the_real_one(c):
    c.work_as("dengji")
    address = c.submit("portability.certificate.issue", {"person": COMPANY["rows"][2][2], "kind": "1"})
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.follow("参保凭证、缴费证明")
    for words in ("基本医疗保险参保凭证", "查验码", COMPANY["name"]):
        c.see(words)
    c.shot("desk-certificate")
    # Enrolment itself hands one out.
    c.work_as("dengji")
    born = c.today.replace(year=c.today.year - 30, day=1)
    address = c.submit(
        "enrolment.person.register",
        {
            "name": "示凭证", "paperKind": "1", "paperNumber": national_id(902, f"{born:%Y%m%d}"), "sex": "2",
            "birth": f"{born}", "category": "1101", "employer": COMPANY["id"], "from": f"{c.today:%Y-%m-01}",
        }, ["identity"])
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.follow("参保凭证")
    c.see("查验码")


def a_transfer_out_and_in(c):
    other = "990200"
    for area, name in (("990100", "示范市医疗保障经办中心"), (other, "示例市医疗保障经办中心")):
        c.work_as("dengji")
        address = c.submit(
            "portability.peer.register",
            {
                "area": area, "name": name, "address": "示范路 1 号", "phone": "0990-1000000", "bank": "示范银行",
                "account": f"{name} 990000{area}",
            })
        c.approve("dengjifuhe", address)
        c.approve("kezhang", address)
        c.until_done(address, 5)
    person = COMPANY["rows"][0][2]
    c.work_as("dengji")
    address = c.submit(
        "portability.in.apply",
        {"person": person, "other": other, "from_insurance": "310", "to_insurance": "310", "applicant": "person"})
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.follow_first(".fine a")
    c.see("信息表已收到")
    c.shot("desk-transfer")
    number = c.driver.find_element(By.CSS_SELECTOR, "h1 .muted").text
    transfer = c.driver.current_url[len(c.url):]
    c.open(transfer + "/letter")
    c.see("关系转移接续联系函")
    c.shot("desk-letter")
    kind, body = c.fetch(transfer + "/letter.pdf")
    assert kind == "application/pdf" and body.startswith(b"%PDF-"), (kind, body[:60])
    (c.artefacts / "联系函.pdf").write_bytes(body)
    for kind, fields in (
        ("portability.in.receive", {
            "number": number, "scan": c.scan(), "first": "2022-01", "last": "2025-12", "paid_months": "48",
            "deemed_months": "0", "last_base": "6000", "principal": "1200.00", "interest": "12.34",
            "sealed_on": f"{c.today}",
        }),
        ("portability.receipt.record", {
            "serial": "示转0001", "day": f"{c.today}", "payer": "示例市医疗保障经办中心", "amount": "1212.34", "note": number,
        }),
        ("portability.in.finish", {"number": number, "serial": "示转0001"}),
    ):
        c.work_as("dengji")
        address = c.submit(kind, fields)
        c.approve("dengjifuhe", address)
        c.until_done(address, 5)
    c.open(transfer)
    c.see("已办结")
    c.shot("desk-transfer-done")
    c.fits()

    # Out: somebody who has left, and is insured elsewhere from today on.
    leaver = COMPANY["rows"][1]
    yesterday = c.today - datetime.timedelta(days=1)
    c.work_as("dengji")
    rows = [["姓名", "证件类型", "证件号码", "最后日期", "减员原因"], [leaver[0], "01", leaver[2], f"{yesterday}", "解除或终止劳动关系"]]
    address = c.submit(
        "enrolment.list.leavers", {"employer": COMPANY["id"], "sheet": workbook(c.file("减员.xlsx"), rows)})
    c.approve("dengjifuhe", address)
    c.until_done(address)
    c.work_as("dengji")
    letter = "ZR990200000001"
    address = c.submit(
        "portability.out.register",
        {
            "number": letter, "person": leaver[2], "other": other, "from_insurance": "310", "to_insurance": "310",
            "applied_on": f"{c.today}", "insured_from": f"{c.today}", "applicant": "person",
        }, ["letter"])
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.work_as("dengji")
    address = c.submit("portability.out.prepare", {"number": letter})
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.follow("信息表")
    c.see("参保人员基本医疗保险信息表")
    c.shot("desk-information-form")
    its_money_is_paid(c, letter)

    c.open("/transfers/statistics")
    c.see("转出占比")
    c.see("各环节用时")
    c.shot("desk-transfer-statistics")
    c.fits()


def its_money_is_paid(c, letter):
    """From what is due over the bank's file and its answer to the receipt that the other agency is done."""
    c.work_as("dengji")
    c.open("/transfers/due")
    c.see(letter)
    c.shot("desk-transfer-due")
    c.fits()
    c.follow("付款")
    amount = c.driver.find_element(By.NAME, "form.amount")
    due = amount.get_attribute("value")
    amount.clear()
    amount.send_keys("1.00")
    c.press("先检查")
    c.see("与填写的 1.00 元不符")
    wrong = c.driver.find_element(By.NAME, "form.amount")
    assert wrong.get_attribute("value") == "1.00" and wrong.get_attribute("aria-invalid") == "true"
    assert c.focused() == wrong
    wrong.clear()
    # Enter submits: nobody is to be looked for.
    c.answered(lambda: wrong.send_keys(due + Keys.ENTER))
    address = c.driver.current_url[len(c.url):]
    assert "/new/" not in address, c.text()[:800]
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.follow_first(".fine a")
    order = c.driver.current_url[len(c.url):]
    c.see("等待回盘")
    c.shot("desk-transfer-order")
    c.fits()
    kind, body = c.fetch(order + ".csv")
    # One order pays all who wait, the county's others among them.
    lines = list(csv.DictReader(body.decode("utf-8-sig").splitlines()))
    assert list(lines[0]) == ["付款单号", "行号", "收款机构", "开户银行", "户名账号", "金额", "用途"], lines[0]
    assert sum(decimal.Decimal(line["金额"]) for line in lines) == decimal.Decimal(due), (lines, due)
    letters = [line["用途"] for line in lines]
    assert letters.count(letter) == 1, letters
    kind, body = c.fetch(order + "/print.pdf")
    assert kind == "application/pdf" and body.startswith(b"%PDF-"), (kind, body[:60])
    (c.artefacts / "付款单.pdf").write_bytes(body)
    c.open(order + "/print")
    c.shot("desk-transfer-order-print")

    c.work_as("dengji")
    rows = [["用途", "结果", "银行流水号", "付款日期", "失败原因"]]
    rows += [[paid, "成功", f"示付{number:04}", f"{c.today}", ""] for number, paid in enumerate(letters, 1)]
    address = c.submit("portability.out.answers", {"sheet": workbook(c.file("回盘.xlsx"), rows)})
    c.approve("dengjifuhe", address)
    assert due in c.carried(address)
    c.work_as("dengji")
    address = c.submit("portability.out.finish", {"number": letter, "day": f"{c.today}"}, ["answer"])
    c.approve("dengjifuhe", address)
    c.until_done(address, 5)
    c.follow_first(".fine a")
    for words in ("已办结", "资金已划转", f"示付{letters.index(letter) + 1:04}"):
        c.see(words)
    c.shot("desk-transfer-out-done")
    c.fits()


def the_desks_fit_a_phone(c):
    c.work_as("dengji")
    for path in (
        "/work", "/matters/new", "/matters/new/enrolment.employer.register", "/employers", "/transfers", "/bills",
        "/accounts", "/reconciliations", "/transfers/orders", "/transfers/statistics", "/targets", "/population",
        "/arrears",
    ):
        c.open(path)
        c.fits()
    c.open("/work?bench=done")
    c.follow_first()
    c.fits()
    c.shot("phone-matter")
    c.open("/matters/new/enrolment.employer.register")
    c.shot("phone-form")


AT_THE_DESK = [
    a_company_with_fifty_people, nobody_approves_their_own, a_declaration_becomes_a_paid_bill,
    an_account_is_credited_and_stated, a_certificate_is_the_real_one, a_transfer_out_and_in,
    goals_and_lists_go_to_the_towns,
]
ON_A_PHONE = [the_desks_fit_a_phone]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--accounts", required=True)
    arguments.add_argument("--artefacts", default="artefacts")
    options = arguments.parse_args()
    passed = 0
    with tempfile.TemporaryDirectory() as folder:
        Desk.folder = folder
        for size, steps in ((DESK, AT_THE_DESK), (PHONE, ON_A_PHONE)):
            desk = Desk(options.url, options.accounts, options.artefacts, size)
            if size == DESK:
                desk.driver.set_window_size(1366, 1000)
            try:
                passed += sum(run(desk, step) for step in steps)
            finally:
                desk.close()
    failed = len(AT_THE_DESK) + len(ON_A_PHONE) - passed
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
