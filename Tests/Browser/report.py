"""The screening report as an auditor opens it: one file, alone in a folder, in a browser without a network.

Usage: report.py REPORT.HTML --artefacts artefacts
"""

import argparse
import pathlib
import shutil
import tempfile

from selenium.webdriver.common.by import By

from counter import DESK, PHONE, browser


def read(driver, page, artefacts, name, width):
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
    driver.get(page.as_uri())
    asked = driver.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not asked, f"the report loads {asked}"
    severe = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe, severe
    assert driver.find_element(By.TAG_NAME, "h1").text == "智能审核报告"
    heads = [head.text for head in driver.find_elements(By.CSS_SELECTOR, "section > h2")]
    assert heads == ["按规则", "按机构(前 100 家)", "按医师(前 100 名)", "按月", "金额最大的疑点", "疑点明细", "未能判定"], heads
    assert driver.find_elements(By.CSS_SELECTOR, "#rules svg rect"), "no chart of the rules"
    wide = driver.execute_script("return document.documentElement.scrollWidth") - width
    assert wide <= 1, f"the report is {wide} pixels wider than the window"
    driver.save_screenshot(str(artefacts / f"{name}.png"))
    # A rule of the table leads to its findings, and opens them.
    link = driver.find_element(By.CSS_SELECTOR, "#rules td a")
    place = link.get_attribute("href").rsplit("#", 1)[1]
    driver.execute_script("arguments[0].click()", link)
    fold = driver.find_element(By.ID, place)
    assert fold.get_attribute("open"), "the rule's findings stay folded"
    assert fold.find_elements(By.CSS_SELECTOR, "tbody tr"), "a rule without a finding"
    driver.save_screenshot(str(artefacts / f"{name}-rule.png"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("report", type=pathlib.Path)
    arguments.add_argument("--artefacts", type=pathlib.Path, default=pathlib.Path("artefacts"))
    options = arguments.parse_args()
    options.artefacts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(shutil.copy(options.report, folder))
        for size, name in ((DESK, "report"), (PHONE, "phone-report")):
            driver = browser(size)
            try:
                read(driver, page, options.artefacts, name, size[0])
            finally:
                driver.quit()
    print("审核报告:不联网、单独一个文件,桌面和手机都能看")


if __name__ == "__main__":
    main()
