#!/usr/bin/env python3
"""一个示范用的 HIS 客户端:只用 Python 标准库,演示国家医保接口的一次住院和一次药店购药。

    python3 examples/his_client.py --url http://127.0.0.1:8080 \
        --hospital H99010000001 --hospital-key 十六进制密钥 \
        --pharmacy P99010000001 --pharmacy-key 十六进制密钥 \
        --certno 身份证号 --area 990100

示范县(make demo)把机构、密钥和参保人写在“数据库文件.accounts”里,可以直接用:

    python3 examples/his_client.py --url http://127.0.0.1:8080 --keys demo.sqlite.accounts

每一步打印交易编号、名称、请求要点和应答要点;任何一步失败,程序以 1 退出。
"""
import argparse
import datetime
import hashlib
import hmac
import http.client
import json
import sys
import urllib.parse
from decimal import Decimal
from time import sleep

BEIJING = datetime.timezone(datetime.timedelta(hours=8))


# ---------------------------------------------------------------- SM3 (GB/T 32905)

class SM3:
    """纯 Python 的 SM3,接口与 hashlib 相同;系统的 hashlib 带 sm3 时不会用到。"""

    block_size = 64
    digest_size = 32
    name = "sm3"

    def __init__(self, data=b""):
        self._data = bytes(data)

    def update(self, data):
        self._data += bytes(data)

    def copy(self):
        return SM3(self._data)

    def digest(self):
        message = self._data
        length = len(message) * 8
        message += b"\x80"
        message += b"\x00" * (-(len(message) + 8) % 64) + length.to_bytes(8, "big")
        state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
                 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
        for start in range(0, len(message), 64):
            state = self._compress(state, message[start:start + 64])
        return b"".join(word.to_bytes(4, "big") for word in state)

    def hexdigest(self):
        return self.digest().hex()

    @staticmethod
    def _rotate(value, count):
        count %= 32
        return (value << count | value >> (32 - count)) & 0xFFFFFFFF

    @classmethod
    def _compress(cls, state, block):
        rotate = cls._rotate
        words = [int.from_bytes(block[i:i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            x = words[j - 16] ^ words[j - 9] ^ rotate(words[j - 3], 15)
            x ^= rotate(x, 15) ^ rotate(x, 23)
            words.append(x ^ rotate(words[j - 13], 7) ^ words[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            constant = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rotate((rotate(a, 12) + e + rotate(constant, j)) & 0xFFFFFFFF, 7)
            ss2 = ss1 ^ rotate(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g & 0xFFFFFFFF)
            tt1 = (ff + d + ss2 + (words[j] ^ words[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + words[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        return [old ^ new for old, new in zip(state, [a, b, c, d, e, f, g, h])]


def sm3(data=b""):
    try:
        return hashlib.new("sm3", data)
    except ValueError:
        return SM3(data)


# ---------------------------------------------------------------- 报文

class Refused(Exception):
    """中心拒绝了报文;文字就是 err_msg。"""


class Provider:
    """一家定点医药机构:给报文装信封、签名、发送。"""

    def __init__(self, url, code, name, key, area, clock=None):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=30)
        self.code, self.name, self.key, self.area = code, name, bytes.fromhex(key), area
        self.serial = 0
        self.sign_no = None
        # 本机构结过的账,按结算ID:重发得到的是同一笔。
        self.settled = {}
        self.clock = clock or (lambda: datetime.datetime.now(BEIJING))

    def message(self, infno, content):
        now = self.clock()
        self.serial += 1
        stamp = now.strftime("%Y%m%d%H%M%S")
        envelope = {
            "infno": infno, "msgid": f"{self.code}{stamp}{self.serial:04d}",
            "mdtrtarea_admvs": self.area, "insuplc_admdvs": self.area, "recer_sys_code": "YBXT",
            "infver": "V1.0", "opter_type": "1", "opter": "0001", "opter_name": "示范操作员",
            "inf_time": now.strftime("%Y-%m-%d %H:%M:%S"),
            "fixmedins_code": self.code, "fixmedins_name": self.name, "input": content,
        }
        if self.sign_no:
            envelope["sign_no"] = self.sign_no
        return envelope

    def send(self, envelope):
        """签名并发送;同一报文可以重发(报文体不变,重新签名),只会生效一次。"""
        body = json.dumps(envelope, ensure_ascii=False, default=float_free).encode()
        path = "/gateway/" + envelope["infno"]
        time = self.clock().strftime("%Y%m%d%H%M%S")
        text = "\n".join(["POST", path, time, envelope["msgid"], sm3(body).hexdigest()])
        signature = hmac.new(self.key, text.encode(), sm3).hexdigest()
        self.connection.request("POST", path, body, {
            "Content-Type": "application/json",
            "X-Yibao-Provider": self.code, "X-Yibao-Time": time,
            "X-Yibao-Msgid": envelope["msgid"], "X-Yibao-Signature": "HMAC-SM3 " + signature,
        })
        answer = json.loads(self.connection.getresponse().read(), parse_float=Decimal)
        if answer["infcode"] != 0:
            raise Refused(f"{envelope['infno']} 被拒绝({answer['infcode']}):{answer['err_msg']}")
        return answer["output"]

    def call(self, infno, title, **content):
        output = self.send(self.message(infno, content))
        print(f"  {infno} {title}:成功")
        return output


def float_free(value):
    """金额用 Decimal 计算;JSON 里写成数字串,接口两种都收。"""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value))


def keep_settlement(provider, output):
    """记下一笔结算,日终按这些账对账。"""
    info = output["setlinfo"]
    provider.settled[info["setl_id"]] = info
    return info


def show_settlement(title, output):
    info = output["setlinfo"]
    print(f"    {title}:总额 {info['medfee_sumamt']},统筹 {info['hifp_pay']},基金合计 {info['fund_pay_sumamt']},"
          f"账户 {info['acct_pay']},现金 {info['psn_cash_pay']}")
    for share in output["setldetail"]:
        print(f"      {share['fund_pay_type_name']} 支付 {share['fund_payamt']}")
        for line in share.get("setl_proc_info", "").splitlines():
            print(f"        {line}")


def fee_line(serial, item, count, price, when, **more):
    amount = (Decimal(count) * Decimal(price)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    return {
        "feedetl_sn": serial, "fee_ocur_time": when, "med_list_codg": item, "medins_list_codg": "HIS-" + item,
        "det_item_fee_sumamt": amount, "cnt": Decimal(count), "pric": Decimal(price),
        "bilg_dept_codg": "A01", "bilg_dept_name": "内科", "bilg_dr_codg": "D990100000001", "bilg_dr_name": "示范医师",
        **more,
    }


def choose_items(provider):
    """从目录里挑几个可以用的项目:药品、诊疗各一,优先甲乙类。"""
    chosen = []
    for list_type in ("101", "201"):
        output = provider.call("1312", f"医保目录信息查询(类别 {list_type})", data={
            "query_date": provider.clock().strftime("%Y-%m-%d"), "list_type": list_type, "page_num": 1, "page_size": 50})
        usable = [row for row in output["data"] if row["chrgitm_lv"] in ("01", "02") and row["lmt_used_flag"] == "0"]
        chosen += [row["hilist_code"] for row in usable[:2]]
    if not chosen:
        raise Refused("目录是空的,请先导入目录")
    return chosen


# ---------------------------------------------------------------- 一次住院

def stay(hospital, person, insurance, certno):
    print("住院:入院、记账、预结算、出院、结算、对账")
    now = hospital.clock()
    day = lambda back, hour: (now - datetime.timedelta(days=back)).strftime("%Y-%m-%d ") + f"{hour:02d}:00:00"
    diagnosis = [{
        "psn_no": person, "diag_type": "1", "maindiag_flag": "1", "diag_srt_no": 1, "diag_code": "I10.x00x002",
        "diag_name": "高血压", "diag_dept": "内科", "dise_dor_no": "D990100000001", "dise_dor_name": "示范医师",
        "diag_time": day(4, 9)}]
    certificate = {"mdtrt_cert_type": "02", "mdtrt_cert_no": certno}
    encounter = hospital.call("2401", "入院办理", mdtrtinfo={
        "psn_no": person, "insutype": insurance, "begntime": day(4, 8), **certificate, "med_type": "21",
        "ipt_no": "ZY" + now.strftime("%H%M%S"), "atddr_no": "D990100000001", "chfpdr_name": "示范医师",
        "adm_diag_dscr": "高血压", "adm_dept_codg": "A01", "adm_dept_name": "内科", "adm_bed": "01",
        "dscg_maindiag_code": "I10.x00x002", "dscg_maindiag_name": "高血压",
    }, diseinfo=diagnosis)["result"]["mdtrt_id"]
    print(f"    就诊ID {encounter}")

    items = choose_items(hospital)
    counts = ["10", "3", "2", "1"]
    prices = ["36.50", "120.00", "800.00", "260.00"]
    lines = [fee_line(f"F{i:04d}", item, counts[i % 4], prices[i % 4], day(3 - i % 3, 10), mdtrt_id=encounter,
                      psn_no=person, med_type="21") for i, item in enumerate(items * 3)]
    results = hospital.call("2301", f"住院费用明细上传 {len(lines)} 条", feedetail=lines)["result"]
    for line in results[:3]:
        print(f"    {line['feedetl_sn']} 总额 {line['det_item_fee_sumamt']} = 全自费 {line['fulamt_ownpay_amt']}"
              f" + 超限价 {line['overlmt_amt']} + 先行自付 {line['preselfpay_amt']} + 政策内 {line['inscp_scp_amt']}")
    mistake = fee_line("F9999", items[0], "1", "36.50", day(1, 11), mdtrt_id=encounter, psn_no=person, med_type="21")
    hospital.call("2301", "多记了一条", feedetail=[mistake])
    hospital.call("2302", "撤销多记的一条", data={"feedetl_sn": "F9999", "mdtrt_id": encounter, "psn_no": person})

    total = sum(Decimal(line["det_item_fee_sumamt"]) for line in lines)
    settlement = {"psn_no": person, **certificate, "medfee_sumamt": total, "psn_setlway": "01", "mdtrt_id": encounter,
                  "insutype": insurance, "acct_used_flag": "1", "mid_setl_flag": "0"}
    hospital.call("2402", "出院办理", dscginfo={
        "mdtrt_id": encounter, "psn_no": person, "insutype": insurance, "endtime": day(0, 0),
        "dscg_dept_codg": "A01", "dscg_dept_name": "内科", "dscg_way": "1"}, diseinfo=diagnosis)
    show_settlement("预结算", hospital.call("2303", "住院预结算", data=settlement))

    message = hospital.message("2304", {"data": settlement})
    output = hospital.send(message)
    print("  2304 住院结算:成功")
    show_settlement("结算", output)
    info = keep_settlement(hospital, output)
    sleep(1)  # 重发要用新的时间签名:同一份签名只收一次
    again = keep_settlement(hospital, hospital.send(message))
    if again["setl_id"] != info["setl_id"]:
        raise Refused("同一报文重发得到了另一笔结算")
    print("  2304 同一报文重发:应答相同,没有再结一次")


def reconcile(provider):
    """对总账:本机构当日结过的账按险种和清算类别合计,与中心逐项核对;红字结算用 refd_setl_flag 另对。"""
    today = provider.clock().strftime("%Y-%m-%d")
    groups = {}
    for info in provider.settled.values():
        groups.setdefault((info["insutype"], info["clr_type"]), []).append(info)
    for (insurance, clearing), bills in sorted(groups.items()):
        sums = {name: sum(Decimal(bill[name]) for bill in bills)
                for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")}
        totals = provider.call("3201", f"医药机构费用结算对总账(险种 {insurance},清算类别 {clearing},{len(bills)} 笔)", data={
            "insutype": insurance, "clr_type": clearing, "setl_optins": provider.area, "stmt_begndate": today,
            "stmt_enddate": today, **sums, "fixmedins_setl_cnt": len(bills), "refd_setl_flag": "0"})
        stmt = totals["stmtinfo"]
        print(f"    对账结果 {stmt['stmt_rslt']}(0 平,1 不平){stmt.get('stmt_rslt_dscr', '')}")
        if stmt["stmt_rslt"] != "0":
            print("    不平:本程序只知道自己结的账;请导出当日全部结算,用 3202 对明细账")


# ---------------------------------------------------------------- 一次药店购药

def purchase(pharmacy, person, insurance, certno):
    print("药店:预结算、结算、撤销")
    now = pharmacy.clock().strftime("%Y-%m-%d %H:%M:%S")
    item = choose_items(pharmacy)[0]
    lines = [fee_line("Y0001", item, "2", "25.80", now), fee_line("Y0002", item, "1", "13.00", now)]
    total = sum(line["det_item_fee_sumamt"] for line in lines)
    content = {
        "druginfo": {"psn_no": person, "mdtrt_cert_type": "02", "mdtrt_cert_no": certno, "begntime": now,
                     "medfee_sumamt": total, "insutype": insurance, "acct_used_flag": "1", "med_type": "41"},
        "drugdetail": lines}
    show_settlement("预结算", pharmacy.call("2101A", "药店预结算", **content))
    output = pharmacy.call("2102A", "药店结算", **content)
    show_settlement("结算", output)
    info = keep_settlement(pharmacy, output)
    undone = pharmacy.call("2103A", "药店结算撤销", data={
        "psn_no": person, "mdtrt_id": info["mdtrt_id"], "setl_id": info["setl_id"]})
    print(f"    红字结算 {undone['setlinfo']['setl_id']},总额 {undone['setlinfo']['medfee_sumamt']}")


def read_keys(arguments):
    """示范县账号文件里的第一家医院、第一家药店和第一位参保人;命令行给出的优先。"""
    with open(arguments.keys, encoding="utf-8") as file:
        for line in file:
            kind, code, rest = (line.rstrip("\n").split("\t") + ["", ""])[:3]
            if kind == "定点医院" and not arguments.hospital:
                arguments.hospital, arguments.hospital_key = code, rest
            elif kind == "定点药店" and not arguments.pharmacy:
                arguments.pharmacy, arguments.pharmacy_key = code, rest
            elif kind == "参保人" and not arguments.certno:
                arguments.certno = code


def main():
    parser = argparse.ArgumentParser(description="示范 HIS 客户端")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--area", default="990100")
    parser.add_argument("--keys", help="示范县的账号文件:每行以制表符分隔的 类别、编号、密钥或姓名")
    parser.add_argument("--hospital")
    parser.add_argument("--hospital-key", help="签名密钥,十六进制")
    parser.add_argument("--pharmacy")
    parser.add_argument("--pharmacy-key")
    parser.add_argument("--certno", help="参保人的身份证号")
    arguments = parser.parse_args()
    if arguments.keys:
        read_keys(arguments)
    if not (arguments.hospital and arguments.hospital_key and arguments.certno):
        parser.error("请用 --keys 指定账号文件,或给出 --hospital、--hospital-key 和 --certno")
    hospital = Provider(arguments.url, arguments.hospital, "示范医院", arguments.hospital_key, arguments.area)
    try:
        hospital.sign_no = hospital.call("9001", "签到", signIn={"opter_no": "0001"})["signinoutb"]["sign_no"]
        found = hospital.call("1101", "人员信息获取", data={
            "mdtrt_cert_type": "02", "mdtrt_cert_no": arguments.certno, "psn_cert_type": "01",
            "certno": arguments.certno})
        person = found["baseinfo"]["psn_no"]
        insurance = found["insuinfo"][0]["insutype"]
        print(f"    人员编号 {person},{found['baseinfo']['psn_name']},险种 {insurance}")
        stay(hospital, person, insurance, arguments.certno)
        reconcile(hospital)
        hospital.call("9002", "签退", signOut={"sign_no": hospital.sign_no, "opter_no": "0001"})
        if arguments.pharmacy:
            pharmacy = Provider(
                arguments.url, arguments.pharmacy, "示范药店", arguments.pharmacy_key, arguments.area)
            purchase(pharmacy, person, insurance, arguments.certno)
            reconcile(pharmacy)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print("全部完成")
    return 0


if __name__ == "__main__":
    sys.exit(main())
