/// The fields of the national interface that this gateway speaks: name, type, Chinese name, and the dictionary of
/// its values where the house knows it. Origin: the national interface specification for designated providers
/// (定点医药机构接口规范), with names and lengths normalised; a field has one definition here whatever
/// transaction uses it.
///
/// Types: `C30` text of at most 30 characters · `N16.2` a decimal number of 16 digits, 2 of them decimals ·
/// `D` a day `yyyy-MM-dd` · `T` a moment `yyyy-MM-dd HH:mm:ss` · `J` a JSON object of extensions.
enum FieldTable {
    static let text = """
        acct_mulaid_pay N16.2 个人账户共济支付金额
        acct_pay N16.2 个人账户支出
        acct_used_flag C1 个人账户使用标志 @flag
        acord_dept_codg C30 受单科室编码
        acord_dept_name C100 受单科室名称
        act_pay_dedc N16.2 实际支付起付线
        addr C200 联系地址
        adm_bed C30 入院床位
        adm_cond C500 入院病情
        adm_dept_codg C30 入院科室编码
        adm_dept_name C100 入院科室名称
        adm_diag_dscr C200 入院诊断描述
        age N4.1 年龄
        agnter_addr C200 代办人联系地址
        agnter_cert_type C6 代办人证件类型 @psn_cert_type
        agnter_certno C50 代办人证件号码
        agnter_name C50 代办人姓名
        agnter_rlts C3 代办人关系
        agnter_tel C30 代办人联系方式
        aprvno C100 批准文号
        atddr_no C30 医师编码
        balc N16.2 余额
        bas_medn_flag C3 基本药物标志 @flag
        begndate D 开始日期
        begntime T 开始时间
        bilg_dept_codg C30 开单科室编码
        bilg_dept_name C100 开单科室名称
        bilg_dr_codg C30 开单医生编码
        bilg_dr_name C50 开单医师姓名
        birctrl_matn_date D 计划生育手术或生育日期
        birctrl_type C6 计划生育手术类别
        biz_appy_type C3 业务申请类型
        brdy D 出生日期
        cainfo C1024 数字签名信息
        card_sn C32 卡识别码
        cash_payamt N16.2 现金支付金额
        caty C6 科别
        certno C50 证件号码
        chfpdr_name C50 主诊医师姓名
        chld_medc_flag C3 儿童用药标志 @flag
        chrg_bchno C30 收费批次号
        chrgitm_lv C3 收费项目等级 @chrgitm_lv
        clr_optins C6 清算经办机构
        clr_type C6 清算类别 @clr_type
        clr_way C6 清算方式
        cnt N16.4 数量
        coner_name C50 联系人姓名
        cop_flag C3 伴有并发症标志 @flag
        crt_payb_lmt_amt N16.2 本次可支付限额金额
        cum N16.2 累计值
        cum_type_code C6 累计类别代码
        cum_type_name C100 累计类别名称
        cum_ym C6 累计年月
        cvlserv_flag C3 公务员标志 @flag
        cvlserv_pay N16.2 公务员医疗补助资金支出
        data_cnt N10 数据记录数
        dept_code C30 科室编码
        dept_name C100 科室名称
        det_item_fee_sumamt N16.2 明细项目费用总额
        dev_no C100 设备编号
        dev_safe_info C2000 设备安全信息
        diag_code C20 诊断代码
        diag_dept C50 诊断科室
        diag_dr_codg C30 诊断医师编码
        diag_dr_name C50 诊断医师姓名
        diag_name C100 诊断名称
        diag_srt_no N2 诊断排序号
        diag_time T 诊断时间
        diag_type C3 诊断类别 @diag_type
        die_date D 死亡日期
        dise_codg C30 病种编码
        dise_cond_dscr C2000 疾病病情描述
        dise_dor_name C50 诊断医生姓名
        dise_dor_no C30 诊断医生编码
        dise_name C500 病种名称
        dise_type_code C6 病种类型
        dld_endtime T 下载截止时间
        dosform C200 剂型
        dr_name C50 医师姓名
        drord_no C30 医嘱号
        drt_reim_flag C3 直报标志 @flag
        dscg_bed C30 出院床位
        dscg_dept_codg C30 出院科室编码
        dscg_dept_name C100 出院科室名称
        dscg_maindiag_code C20 住院主诊断代码
        dscg_maindiag_name C300 住院主诊断名称
        dscg_tkdrug_flag C3 出院带药标志 @flag
        dscg_way C3 离院方式 @dscg_way
        emp_name C200 单位名称
        enddate D 结束日期
        endtime T 结束时间
        etip_flag C3 外检标志 @flag
        etip_hosp_code C30 外检医院编码
        exct_cont C2000 除外内容
        exp_content J 扩展内容
        fee_ocur_time T 费用发生时间
        feedetl_sn C30 费用明细流水号
        fetts N3 胎次
        fetus_cnt N3 胎儿数
        file_qury_no C30 文件查询号
        filename C200 文件名
        fix_srt_no C3 定点排序号
        fixmedins_code C30 定点医药机构编号
        fixmedins_hilist_id C30 定点医药机构目录编号
        fixmedins_hilist_name C200 定点医药机构目录名称
        fixmedins_name C200 定点医药机构名称
        fixmedins_setl_cnt N10 定点医药机构结算笔数
        fpsc_no C50 计划生育服务证号
        fulamt_ownpay_amt N16.2 全自费金额
        fund_pay_sumamt N16.2 基金支付总额
        fund_pay_type C6 基金支付类型
        fund_pay_type_name C200 基金支付类型名称
        fund_payamt N16.2 基金支付金额
        gend C6 性别 @gend
        geso_val N2 孕周数
        hi_nego_drug_flag C3 医保谈判药品标志 @flag
        hifes_pay N16.2 企业补充医疗保险基金支出
        hifmi_pay N16.2 居民大病保险资金支出
        hifob_pay N16.2 职工大额医疗费用补助基金支出
        hifp_pay N16.2 基本医疗保险统筹基金支出
        hilist_code C30 医保目录编码
        hilist_lmtpric_type C6 医保目录限价类型 @hilist_lmtpric_type
        hilist_name C200 医保目录名称
        hilist_pric_uplmt_amt N16.6 医保目录定价上限金额
        hosp_agre_refl_flag C3 医院同意转院标志 @flag
        hosp_appr_flag C3 医院审批标志 @hosp_appr_flag
        hosp_ide_date D 医院鉴定日期
        hosp_part_amt N16.2 医院负担金额
        ide_fixmedins_name C200 鉴定定点医药机构名称
        ide_fixmedins_no C30 鉴定定点医药机构编号
        in C4000000 文件数据(base64)
        inf_time T 交易时间
        infno C6 交易编号
        infver C6 接口版本号
        init_feedetl_sn C30 原费用流水号
        inscp_scp_amt N16.2 符合政策范围金额
        insu_admdvs C6 参保机构医保区划
        insu_optins C6 参保机构医保区划
        insuplc_admdvs C6 参保地医保区划
        insutype C6 险种类型 @insutype
        invono C20 发票号
        ip C20 签到IP地址
        ipt_no C30 住院号
        ipt_otp_no C30 住院/门诊号
        item_cont C2000 项目内涵
        latechb_flag C3 晚育标志 @flag
        list_sp_item_flag C3 目录特项标志 @flag
        list_type C30 目录类别 @list_type
        lmt_used_flag C3 限制使用标志 @flag
        mac C20 签到MAC地址
        maf_pay N16.2 医疗救助基金支出
        main_cond_dscr C1000 主要病情描述
        maindiag_flag C3 主诊断标志 @flag
        matn_fee_flag C6 生育费用标志 @flag
        matn_type C6 生育类别 @matn_type
        matn_used_flag C3 生育使用标志 @flag
        mdtrt_cert_no C50 就诊凭证编号
        mdtrt_cert_type C3 就诊凭证类型 @mdtrt_cert_type
        mdtrt_id C30 就诊ID
        mdtrtarea_admdvs C6 就医地行政区划
        mdtrtarea_admvs C6 就医地医保区划
        med_chrgitm_type C6 医疗收费项目类别 @med_chrgitm_type
        med_list_codg C50 医疗目录编码
        med_type C6 医疗类别 @med_type
        medc_way_dscr C200 用药途径描述
        medfee_sumamt N16.2 医疗费总额
        medins_list_codg C150 医药机构目录编码
        medins_list_name C200 医药机构目录名称
        medins_setl_id C30 医药机构结算ID
        medrcdno C30 病历号
        memo C500 备注
        mid_setl_flag C3 中途结算标志 @flag
        msgid C30 发送方报文ID
        naty C3 民族
        oinfno C6 原交易编号
        omsgid C30 原发送方报文ID
        oprn_oprt_code C30 手术操作代码
        oprn_oprt_name C500 手术操作名称
        opsp_dise_code C30 门慢门特病种目录代码
        opsp_dise_name C300 门慢门特病种名称
        opter C30 经办人
        opter_name C50 经办人姓名
        opter_no C20 操作员编号
        opter_type C3 经办人类别 @opter_type
        orders_dr_code C30 受单医生编码
        orders_dr_name C50 受单医生姓名
        oth_pay N16.2 其他支出
        overlmt_amt N16.2 超限价金额
        overlmt_dspo_way C6 医保目录超限处理方式 @overlmt_dspo_way
        overlmt_selfpay N16.2 超限价自费费用
        pacspec C100 包装规格
        page_num N4 当前页数
        page_size N4 本页数据量
        pages N10 总页数
        paus_insu_date D 暂停参保日期
        pool_prop_selfpay N5.4 基本医疗保险统筹基金支付比例
        poolarea_no C6 统筹区
        prcunt C100 计价单位
        prd_days N4.2 周期天数
        preselfpay_amt N16.2 先行自付金额
        pret_flag C3 早产标志 @flag
        pric N16.6 单价
        pric_uplmt_amt N16.6 定价上限金额
        psn_cash_pay N16.2 个人现金支出
        psn_cert_type C6 人员证件类型 @psn_cert_type
        psn_idet_type C3 人员身份类别
        psn_insu_date D 个人参保日期
        psn_insu_stas C6 人员参保状态
        psn_name C50 人员姓名
        psn_no C30 人员编号
        psn_part_amt N16.2 个人负担总金额
        psn_setlway C6 个人结算方式 @psn_setlway
        psn_type C6 人员类别
        psn_type_lv C3 人员类别等级
        query_date D 查询时间点
        recer_sys_code C10 接收方系统代码
        recordCounts N10 总条数
        refd_setl_flag C3 退费结算标志 @flag
        refl_date D 转院日期
        refl_opnn C200 转院意见
        refl_rea C100 转院原因
        refl_type C30 转院类型
        refl_used_flag C3 转诊使用标志 @flag
        reflin_medins_name C200 转往医院名称
        reflin_medins_no C12 转往定点医药机构编号
        rid C40 唯一记录号
        rx_circ_flag C3 外购处方标志 @flag
        rxno C30 处方号
        selfpay_prop N5.4 自付比例
        selfpay_prop_psn_type C6 医保目录自付比例人员类别 @selfpay_prop_psn_type
        selfpay_prop_type C6 目录自付比例类别 @selfpay_prop_type
        setl_id C30 结算ID
        setl_optins C6 结算经办机构
        setl_proc_info C4000 结算过程信息
        setl_time T 结算时间
        setl_type C6 结算类别
        sign_no C30 签到编号
        sign_time T 签到时间
        signtype C10 签名类型
        sin_dos_dscr C200 单次剂量描述
        size N10 本页条数
        spec C200 规格
        stmt_begndate D 对账开始日期
        stmt_enddate D 对账结束日期
        stmt_rslt C6 对账结果 @stmt_rslt
        stmt_rslt_dscr C200 对账结果说明
        tcmdrug_used_way C6 中药使用方式
        tel C50 联系电话
        trt_chk_rslt C2000 待遇检查结果
        trt_chk_type C6 待遇检查类型
        trt_dcla_detl_sn C30 待遇申报明细流水号
        trt_enjymnt_flag C3 待遇享受标志 @flag
        updt_time T 更新时间
        used_frqu_dscr C200 使用频次描述
        vali_flag C3 有效标志 @flag
        ver C20 版本号
        year C4 年度
        """
}
