"""The counter seen by a person: headless Chromium signs in, finds a settlement, reads its explanation, exports it.

Runs against a server with a demonstration county; screenshots are kept as build artefacts.
Usage: counter.py --url http://127.0.0.1:8080 --accounts demo.sqlite.accounts --artefacts artefacts
"""

import argparse
import pathlib
import sys
import traceback
import urllib.request
import zipfile

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

DESK = (1366, 768)
PHONE = (390, 844)


def browser(size, scripts=True):
    options = Options()
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    options.add_argument(f"--window-size={size[0]},{size[1]}")
    options.add_argument("--lang=zh-CN")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(30)
    if size[0] < 600:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": True},
        )
    return driver


class Counter:
    """The steps a member of staff takes, in their words."""

    def __init__(self, url, accounts, artefacts, size=DESK, scripts=True):
        self.url = url
        self.artefacts = pathlib.Path(artefacts)
        self.artefacts.mkdir(parents=True, exist_ok=True)
        self.accounts = read_accounts(accounts)
        self.driver = browser(size, scripts)
        self.size = size
        self.sessions = {}

    def begin(self):
        """As a browser that was just opened: nobody is signed in, nothing stands in its log."""
        self.driver.delete_all_cookies()
        self.driver.get_log("browser")

    def close(self):
        self.driver.quit()

    def open(self, path):
        self.driver.get(self.url + path)

    def answered(self, act):
        """Does something that opens another page, and waits until that page stands.

        A click returns before its answer has come: what is read at once may be the old page, or one half taken down.
        """
        before = self.driver.find_element(By.TAG_NAME, "html")
        act()
        waiting = WebDriverWait(self.driver, 60, ignored_exceptions=[WebDriverException])
        waiting.until(
            lambda driver: driver.find_element(By.TAG_NAME, "html") != before
            and driver.execute_script("return document.readyState") == "complete")

    def see(self, text):
        body = self.driver.find_element(By.TAG_NAME, "body").text
        assert text in body, f"“{text}” 不在页面 {self.driver.current_url}:\n{body[:800]}"

    def do_not_see(self, text):
        body = self.driver.find_element(By.TAG_NAME, "body").text
        assert text not in body, f"“{text}” 不该在页面 {self.driver.current_url}"

    def shot(self, name):
        self.driver.save_screenshot(str(self.artefacts / f"{name}.png"))

    def type(self, name, text):
        field = self.driver.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)

    def press(self, label):
        self.answered(self.driver.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click)

    def follow(self, label):
        self.answered(self.driver.find_element(By.LINK_TEXT, label).click)

    def follow_first(self, selector="table.list tbody tr td a"):
        """Follows the first link of a list."""
        self.answered(self.driver.find_element(By.CSS_SELECTOR, selector).click)

    def sign_in(self, login="fuhe"):
        """Each person signs in once; afterwards this person's session is taken up again, as at a desk of their own."""
        if login in self.sessions:
            self.take_up(login)
            return
        password = self.accounts[login]
        self.open("/sign-in")
        self.type("login", login)
        self.type("password", password)
        self.press("登录")
        assert "/sign-in" not in self.driver.current_url, f"{login} cannot sign in"
        self.sessions[login] = self.driver.get_cookies()

    def take_up(self, login):
        if not self.driver.current_url.startswith(self.url):
            self.open("/sign-in")
        for cookie in self.sessions[login]:
            self.driver.add_cookie(cookie)
        self.open("/work")
        assert "/sign-in" not in self.driver.current_url, f"the session of {login} has ended"

    def fits(self):
        """No page is wider than the window: tables scroll inside their own frame."""
        # A phone widens its window to what the page needs: only the size it was given tells.
        wide = self.driver.execute_script("return document.documentElement.scrollWidth") - self.size[0]
        assert wide <= 1, f"{self.driver.current_url} is {wide} pixels wider than the window"

    def console_is_clean(self):
        severe = [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        assert not severe, severe

    def fetch(self, path):
        """What a link downloads, with the browser's own session."""
        cookies = "; ".join(f"{c['name']}={c['value']}" for c in self.driver.get_cookies())
        request = urllib.request.Request(self.url + path, headers={"Cookie": cookies})
        with urllib.request.urlopen(request, timeout=180) as answer:
            return answer.headers.get("Content-Type", ""), answer.read()


def read_accounts(path):
    """`角色<TAB>登录名<TAB>密码`, a line each."""
    accounts = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        parts = line.split("\t")
        if len(parts) >= 3 and not line.startswith("#"):
            accounts[parts[1]] = parts[2]
    return accounts


def wrong_password_is_refused(c):
    c.open("/")
    c.see("登录")
    c.type("login", "fuhe")
    c.type("password", "这不是密码")
    c.press("登录")
    c.see("登录名或密码不对")
    assert c.driver.find_element(By.NAME, "login").get_attribute("value") == "fuhe", "typed login was lost"
    c.shot("sign-in")


def the_dashboard_shows_the_day(c):
    c.sign_in()
    c.see("我的工作台")
    c.open("/")
    c.see("结算笔数")
    c.see("基金支付")
    c.shot("dashboard")
    c.fits()
    c.console_is_clean()


def a_settlement_is_found_and_explained(c):
    c.sign_in()
    c.follow("结算")
    c.shot("settlements")
    c.fits()
    c.follow_first()
    for text in ("医疗费总额", "政策范围内", "个人现金", "怎样算出来的"):
        c.see(text)
    c.shot("settlement")
    c.fits()
    c.follow("打印结算单")
    c.see("医疗费用结算单")
    c.shot("settlement-print")
    address = c.driver.find_element(By.LINK_TEXT, "PDF").get_attribute("href")[len(c.url):]
    kind, body = c.fetch(address)
    assert kind == "application/pdf" and body.startswith(b"%PDF-"), kind
    (c.artefacts / "settlement.pdf").write_bytes(body)


def a_person_is_found_by_name(c):
    c.sign_in()
    c.open("/people?q=" + urllib.request.quote("示"))
    c.shot("people")
    c.follow_first()
    c.see("参保")
    c.see("待遇享受")
    c.shot("person")
    c.fits()


def lists_are_exported(c):
    c.sign_in()
    c.open("/settlements")
    csv_path = c.driver.find_element(By.LINK_TEXT, "导出 CSV").get_attribute("href")[len(c.url):]
    kind, body = c.fetch(csv_path)
    assert kind.startswith("text/csv"), kind
    text = body.decode("utf-8-sig")
    assert "医疗费总额" in text.splitlines()[0] and len(text.splitlines()) > 2, text[:300]
    excel_path = c.driver.find_element(By.LINK_TEXT, "导出 Excel").get_attribute("href")[len(c.url):]
    kind, body = c.fetch(excel_path)
    book = c.artefacts / "settlements.xlsx"
    book.write_bytes(body)
    assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(book).namelist()


def the_law_of_a_day_is_shown(c):
    c.sign_in()
    c.open("/policies?on=2025-06-01")
    c.see("依据")
    c.shot("policies")
    c.fits()


def events_are_shown_to_the_auditor_only(c):
    c.sign_in("jihe")
    c.open("/events")
    c.see("事件")
    c.shot("events")
    c.fits()
    c.driver.delete_all_cookies()
    c.sign_in()
    c.open("/events")
    c.see("没有权限")


def providers_are_listed(c):
    c.sign_in()
    c.follow("机构")
    c.shot("providers")
    c.follow_first()
    c.see("三级")
    c.fits()


def a_missing_page_says_what_to_do(c):
    c.sign_in()
    c.open("/settlements/999999999")
    c.see("没有找到")
    c.do_not_see("Error")
    c.shot("missing")


def the_pages_fit_a_phone(c):
    c.sign_in()
    for path in ("/", "/settlements", "/people", "/providers", "/policies"):
        c.open(path)
        c.fits()
    c.open("/settlements")
    c.follow_first()
    c.fits()
    c.shot("phone-settlement")


AT_THE_DESK = [
    wrong_password_is_refused, the_dashboard_shows_the_day, a_settlement_is_found_and_explained,
    a_person_is_found_by_name, lists_are_exported, the_law_of_a_day_is_shown, events_are_shown_to_the_auditor_only,
    providers_are_listed, a_missing_page_says_what_to_do,
]
ON_A_PHONE = [the_pages_fit_a_phone]


def run(counter, step):
    """One step of one browser, from a fresh start: 1 when it passed."""
    counter.begin()
    try:
        step(counter)
    except Exception:
        counter.shot("failed-" + step.__name__)
        print(f"FAIL {step.__name__}")
        traceback.print_exc()
        return 0
    print(f"ok   {step.__name__}")
    return 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--accounts", required=True)
    arguments.add_argument("--artefacts", default="artefacts")
    options = arguments.parse_args()
    passed, failed = 0, 0
    for size, steps in ((DESK, AT_THE_DESK), (PHONE, ON_A_PHONE)):
        counter = Counter(options.url, options.accounts, options.artefacts, size)
        try:
            for step in steps:
                outcome = run(counter, step)
                passed, failed = passed + outcome, failed + 1 - outcome
        finally:
            counter.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
