/// A name as it is compared (姓名比对用字): the same human being is written `阿卜杜拉·买买提`, `阿卜杜拉.买买提` or
/// `阿卜杜拉 买买提`, `ＡＢ` or `ab`, `張` or `张`. Full width becomes half width, letters upper case, spaces and the
/// dots of minority names vanish, traditional and variant characters become the common ones.
///
/// A key only finds candidates. That two of them are one person is decided by people, in a matter.
public struct NameKey: Hashable, Sendable {
    public let text: String

    public init(_ name: String) {
        var key = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let narrow = NameKey.narrowed(scalar)
            guard !NameKey.isPassedOver(narrow) else { continue }
            key.append(NameKey.common[narrow] ?? NameKey.upperCased(narrow))
        }
        text = String(key)
    }

    /// The half-width form of a full-width sign.
    private static func narrowed(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
        case 0x3000: " "
        default: scalar
        }
    }

    private static func upperCased(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("a"..."z").contains(scalar) ? Unicode.Scalar(scalar.value - 32) ?? scalar : scalar
    }

    /// Spaces, marks without width, and every dot that input methods offer for 间隔号.
    private static func isPassedOver(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || passedOver.contains(scalar)
    }

    private static let passedOver: Set<Unicode.Scalar> = [
        "\u{200B}", "\u{200C}", "\u{200D}", "\u{FEFF}", "·", "•", "・", "･", "‧", "∙", "⋅", "․", "●", "▪", "。", "｡", ".",
        "-", "'", "’", "`",
    ]

    /// 常见繁体字、异体字 to the character in common use, limited to what names and surnames hold.
    private static let common: [Unicode.Scalar: Unicode.Scalar] = {
        let from = """
            張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許葉蘇呂蔣賈譚鄒陸閻萬錢湯黎賴龔龐顏湯喬賀龍萊連藍\
            莊單衛魯樊應滿駱閔藺聶關齊麥寧紀樂賓歐陽諸顧項華東國偉麗軍強傑濤輝鵬慶雲飛鳳紅蘭\
            蓮榮義禮學貴寶興長愛剛勇銀鐵鋼鑫錦鈞銘鋒銳鎮鐘鈺鑒蕓夢瑩瓊瑪環瑤璽穎陰霽靜韻順須\
            頌領頡題類顯風馳駿驥鴻鶴鷹麥黨點緯純紹經綺綠綵維綱緒線緣縱總績繼續纓達遠選遙運過\
            進還邁鄉鄰釗釵鈴錄鏡長門開閎閏間閣闊隊階際隨險雙雞離難電霧靈鞏韋頂頊頤額顥飄飆\
            養馥馭騁騰驊驍驕驗體魚鮑鮮鯤鳴鵑鸞鹽麗齡億優儀倫側偵備傳價儉儒兒內兩冊凱別則創劍\
            劇勁動務勛勝勞區協卻厲參員啟嘉嚴團園圓圖聖場堅報壯壽夠奪奮婦嫻嬌孿實寬寫將專尋對\
            導層嶺嶼巖幣帥師帶幫幹幾庫廣廬廳張彌彎後徑從復徵德志恆悅惠憐慶懷戰戶擁據攝敏數斂\
            斌斬時晉晝曄曉曆會東條榮構槍樓標樣樹橋機檔權歡歲歷殘殺毀氣決況泉洩淚淨渾溝滄滅溫\
            滬漢漁潔潤濟濱灣為烏無焰煉煒熱燁燈燕爍爾獎獨獻瑋現珮瓏產畢當疊療發盧盡監盤眾睜礎\
            禎禪種稱積穩窮竇競筆節範築簡籃糧紋納級紛細終組結給統絲絹綜綸緊網緯綿練縣縮織罷義\
            習聞聯聰聲職聽肅膽臨舉舊艷藝蕭薩薈薔處號蟬術衝補裝複見規視覺覽觀計訂訊訓記訪設詩\
            話詳誠語說調談請論諾證識譽讓豐貝財責貿費資賢賦賜贊趙輕輔輝輪轉辦農迅這適鄭醫釋鑄\
            昇峯羣喆啓邨崐甯仝
            """
        let to = """
            张刘陈杨赵黄吴孙马罗郑谢韩冯邓许叶苏吕蒋贾谭邹陆阎万钱汤黎赖龚庞颜汤乔贺龙莱连蓝\
            庄单卫鲁樊应满骆闵蔺聂关齐麦宁纪乐宾欧阳诸顾项华东国伟丽军强杰涛辉鹏庆云飞凤红兰\
            莲荣义礼学贵宝兴长爱刚勇银铁钢鑫锦钧铭锋锐镇钟钰鉴芸梦莹琼玛环瑶玺颖阴霁静韵顺须\
            颂领颉题类显风驰骏骥鸿鹤鹰麦党点纬纯绍经绮绿彩维纲绪线缘纵总绩继续缨达远选遥运过\
            进还迈乡邻钊钗铃录镜长门开闳闰间阁阔队阶际随险双鸡离难电雾灵巩韦顶顼颐额颢飘飙\
            养馥驭骋腾骅骁骄验体鱼鲍鲜鲲鸣鹃鸾盐丽龄亿优仪伦侧侦备传价俭儒儿内两册凯别则创剑\
            剧劲动务勋胜劳区协却厉参员启嘉严团园圆图圣场坚报壮寿够夺奋妇娴娇孪实宽写将专寻对\
            导层岭屿岩币帅师带帮干几库广庐厅张弥弯后径从复征德志恒悦惠怜庆怀战户拥据摄敏数敛\
            斌斩时晋昼晔晓历会东条荣构枪楼标样树桥机档权欢岁历残杀毁气决况泉泄泪净浑沟沧灭温\
            沪汉渔洁润济滨湾为乌无焰炼炜热烨灯燕烁尔奖独献玮现佩珑产毕当叠疗发卢尽监盘众睁础\
            祯禅种称积稳穷窦竞笔节范筑简篮粮纹纳级纷细终组结给统丝绢综纶紧网纬绵练县缩织罢义\
            习闻联聪声职听肃胆临举旧艳艺萧萨荟蔷处号蝉术冲补装复见规视觉览观计订讯训记访设诗\
            话详诚语说调谈请论诺证识誉让丰贝财责贸费资贤赋赐赞赵轻辅辉轮转办农迅这适郑医释铸\
            升峰群哲启村昆宁同
            """
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (variant, usual) in zip(from.unicodeScalars, to.unicodeScalars) where variant != usual {
            table[variant] = usual
        }
        return table
    }()
}
