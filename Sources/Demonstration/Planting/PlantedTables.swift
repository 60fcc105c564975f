import Basics

/// Tables that the demonstration's agency keeps itself (本地表格), in the form of `yibao screen --knowledge`, and the
/// violations that they decide.
enum PlantedTables {
    /// File name and text, below the folder of the agency's own knowledge.
    static let files: [(name: String, text: String)] = [
        (
            "indication.csv",
            "rule_code,point_id,item_code,diagnoses\nGZ10000102007000,SL-01,002501010050000,D50;D64\n"
        ),
        (
            "contraindication.csv",
            "rule_code,point_id,item_code,diagnoses\nGZ10000302005000,SL-02,002501010060000,I10\n"
        ),
        ("department.csv", "rule_code,point_id,item_code,departments\nGZ10000102008000,SL-03,002501010070000,D88\n"),
        (
            "second_line.csv",
            "rule_code,point_id,item_code,first_line_items\nGZ10000101005000,SL-04,XA10BKA338A001010580716,XA10BA\n"
        ),
        (
            "item_item.csv",
            "rule_code,point_id,item_code,items\nGZ10000301001000,SL-05,002501010110000,002501010130000\n"
        ),
        (
            "diagnosis_procedure.csv",
            "rule_code,point_id,diagnosis,procedures\nGZ10000201006000,SL-06,K35,47.0\n"
        ),
        ("diagnosis_item.csv", "rule_code,point_id,diagnosis,items\nGZ10000201003000,SL-07,D66,002501010160000\n"),
        ("total_cap.csv", "rule_code,point_id,item_code,cap_yuan\nGZ10000102015000,SL-08,002501010180000,100\n"),
        (
            "dose.csv",
            "rule_code,point_id,item_code,max_qty,per\nGZ10000101009000,SL-09,XA11CCA351E002010184386,2,day\n"
        ),
    ]

    /// 价格表: caps of tiers three, two and one in yuan.
    static let caps = "item_code,cap_tier3,cap_tier2,cap_tier1,valid_from,valid_to\n002501010200000,10,10,10,,\n"
}

extension Violations {
    mutating func plantTables(_ day: Int) {
        plantTableLine("GZ10000102007000", PlantedItem("002501010050000", "网织红细胞计数", 9, .laboratory), day)
        plantTableLine("GZ10000302005000", PlantedItem("002501010060000", "嗜碱性点彩红细胞计数", 9, .laboratory), day)
        plantTableLine("GZ10000102008000", PlantedItem("002501010070000", "异常红细胞形态检查", 9, .laboratory), day)
        plantTableLine("GZ10000101005000", PlantedItem("XA10BKA338A001010580716", "艾托格列净片", 58, .westernDrug), day)
        plantTableLine("GZ10000301001000", PlantedItem("002501010110000", "嗜酸性粒细胞直接计数", 9, .laboratory), day)
        var operated = stay(person(), day: day, nights: 3, diagnosis: "K35.300")
        operated.procedure = "51.2300"
        add(operated)
        expect("table", "GZ10000201006000", operated, lines: operated.lines.map(\.id))
        var untested = outpatient(person(), day: day)
        untested.moreDiagnoses = ["D66.x00"]
        add(untested)
        expect("table", "GZ10000201003000", untested, lines: untested.lines.map(\.id))
        plantSums(day)
    }

    private mutating func plantTableLine(_ rule: String, _ item: PlantedItem, _ day: Int) {
        var visit = outpatient(person(), day: day)
        let line = visit.charge(item)
        add(visit)
        expect("table", rule, visit, lines: [line])
    }

    private mutating func plantSums(_ day: Int) {
        // 160 yuan in one year where 100 are paid at most.
        var dear = outpatient(person(), day: day)
        let clotting = PlantedItem("002501010180000", "凝血时间测定", 80, .laboratory)
        let both = [dear.charge(clotting, hour: 14), dear.charge(clotting, hour: 15)]
        add(dear)
        expect("table", "GZ10000102015000", dear, lines: both)
        var much = outpatient(person(), day: day)
        let capsules = much.charge(
            PlantedItem("XA11CCA351E002010184386", "艾地骨化醇软胶囊", 40, .westernDrug), quantity: 3)
        add(much)
        expect("table", "GZ10000101009000", much, lines: [capsules])
    }
}
