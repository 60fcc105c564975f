/// The transactions of the gateway: what each takes and answers, in the names of `FieldTable`.
///
/// A line `in NODE` or `out NODE` opens a node of `input` or `output`; `NODE[]` is a list, `NODE?` may be absent.
/// A field with `!` must be given. Where the national specification leaves a transaction open (2101A–2103A, the
/// downloads, 52xx answers), the layout here follows its siblings and is this gateway's own.
enum TransactionTable {
    static let text =
        signing + downloads + catalogueQueries + outpatient + inpatient + filings + reconciliation
        + pharmacy + queries

    /// 报文信封; `input` stands beside these.
    static let envelope = """
        infno! msgid! mdtrtarea_admvs! insuplc_admdvs recer_sys_code! dev_no dev_safe_info cainfo signtype infver!
        opter_type! opter! opter_name! inf_time! fixmedins_code! fixmedins_name! sign_no
        """

    static let signing = """
        9001 签到
        in signIn
        opter_no! mac ip
        out signinoutb
        sign_time! sign_no!

        9002 签退
        in signOut
        sign_no! opter_no!
        out signoutoutb
        sign_time!

        9101 文件上传
        in fsUploadIn
        in! filename! fixmedins_code!
        out fsUploadOut
        file_qury_no! filename! fixmedins_code! dld_endtime!

        9102 文件下载
        in fsDownloadIn
        file_qury_no! filename! fixmedins_code!
        out fsDownloadOut
        filename! in!

        1101 人员信息获取
        in data
        mdtrt_cert_type! mdtrt_cert_no! card_sn begntime psn_cert_type certno psn_name
        out baseinfo
        psn_no! psn_cert_type! certno! psn_name! gend! naty brdy age!
        out insuinfo[]
        balc! insutype! psn_type! psn_insu_stas! psn_insu_date paus_insu_date cvlserv_flag! insuplc_admdvs! emp_name
        out idetinfo[]
        psn_idet_type! psn_type_lv memo begntime endtime

        2001 人员待遇享受检查
        in data
        psn_no! insutype! fixmedins_code! med_type! begntime! endtime dise_codg dise_name oprn_oprt_code
        oprn_oprt_name matn_type birctrl_type exp_content
        out trtinfo[]
        psn_no! trt_chk_type! fund_pay_type trt_enjymnt_flag! begndate enddate trt_chk_rslt!


        """

    static let downloads = [
        "1301 西药中成药目录下载", "1305 医疗服务项目目录下载", "1306 医用耗材目录下载",
        "1307 疾病与诊断目录下载", "1308 手术操作目录下载",
    ].map {
        """
        \($0)
        in data
        ver!
        out fileinfo
        file_qury_no! filename! dld_endtime! data_cnt! ver!


        """
    }.joined()

    static let catalogueQueries = """
        1312 医保目录信息查询
        in data
        query_date hilist_code insu_admdvs begndate hilist_name med_chrgitm_type chrgitm_lv lmt_used_flag list_type
        matn_used_flag vali_flag updt_time page_num! page_size!
        out data[]
        hilist_code! hilist_name! insu_admdvs! begndate! enddate med_chrgitm_type! chrgitm_lv! lmt_used_flag!
        list_type! matn_used_flag! memo vali_flag! rid! updt_time! poolarea_no
        out paging
        size! pages! recordCounts!

        1316 医疗目录与医保目录匹配信息查询
        in data
        query_date medins_list_codg hilist_code list_type insu_admdvs begndate vali_flag updt_time page_num! page_size!
        out data[]
        med_list_codg! hilist_code! list_type! insu_admdvs! begndate! enddate memo vali_flag! rid!
        updt_time! poolarea_no
        out paging
        size! pages! recordCounts!

        1317 医药机构目录匹配信息查询
        in data
        query_date fixmedins_code medins_list_codg medins_list_name insu_admdvs list_type med_list_codg begndate
        vali_flag updt_time page_num! page_size!
        out data[]
        fixmedins_code! medins_list_codg! medins_list_name insu_admdvs! list_type! med_list_codg! begndate! enddate
        aprvno dosform exct_cont item_cont prcunt spec pacspec memo vali_flag! rid!
        out paging
        size! pages! recordCounts!

        1318 医保目录限价信息查询
        in data
        query_date hilist_code hilist_lmtpric_type overlmt_dspo_way insu_admdvs begndate enddate vali_flag rid
        poolarea_no updt_time page_num! page_size!
        out data[]
        hilist_code! hilist_lmtpric_type! overlmt_dspo_way! insu_admdvs! begndate! enddate hilist_pric_uplmt_amt!
        vali_flag! rid! updt_time! poolarea_no
        out paging
        size! pages! recordCounts!

        1319 医保目录先自付比例信息查询
        in data
        query_date hilist_code selfpay_prop_psn_type selfpay_prop_type insu_admdvs begndate enddate vali_flag rid
        poolarea_no updt_time page_num! page_size!
        out data[]
        hilist_code! selfpay_prop_psn_type! selfpay_prop_type! insu_admdvs! begndate! enddate selfpay_prop!
        vali_flag! rid! updt_time! poolarea_no
        out paging
        size! pages! recordCounts!

        3301 目录对照上传
        in data[]
        fixmedins_hilist_id! fixmedins_hilist_name! list_type! med_list_codg! begndate! enddate! aprvno dosform
        exct_cont item_cont prcunt spec pacspec memo

        3302 目录对照撤销
        in data
        fixmedins_hilist_id! fixmedins_code list_type! med_list_codg!


        """

    /// 2203, which areas also number 2203A.
    private static let visitInformation = ["2203", "2203A"].map { infno in
        """
        \(infno) 门诊就诊信息上传
        in mdtrtinfo
        mdtrt_id! psn_no! med_type! begntime! main_cond_dscr dise_codg dise_name birctrl_type birctrl_matn_date
        matn_type geso_val exp_content
        in diseinfo[]
        diag_type! diag_srt_no! diag_code! diag_name! diag_dept! dise_dor_no! dise_dor_name! diag_time! vali_flag!
        """
    }.joined(separator: "\n\n")

    static let outpatient = """
        2201 门诊挂号
        in data
        psn_no! insutype! begntime! mdtrt_cert_type! mdtrt_cert_no! ipt_otp_no! atddr_no! dr_name! dept_code!
        dept_name! caty!
        out data
        mdtrt_id! psn_no! ipt_otp_no!

        2202 门诊挂号撤销
        in data
        psn_no! mdtrt_id! ipt_otp_no!

        \(visitInformation)

        2204 门诊费用明细信息上传
        in feedetail[]
        feedetl_sn! mdtrt_id! psn_no! chrg_bchno! dise_codg rxno rx_circ_flag fee_ocur_time! med_list_codg!
        medins_list_codg! det_item_fee_sumamt! cnt! pric! sin_dos_dscr used_frqu_dscr prd_days medc_way_dscr
        bilg_dept_codg! bilg_dept_name! bilg_dr_codg! bilg_dr_name! acord_dept_codg acord_dept_name orders_dr_code
        orders_dr_name hosp_appr_flag tcmdrug_used_way etip_flag etip_hosp_code dscg_tkdrug_flag matn_fee_flag
        init_feedetl_sn exp_content
        out result[]
        = split

        2205 门诊费用明细信息撤销
        in data
        mdtrt_id! chrg_bchno! psn_no!

        2206 门诊预结算
        in data
        psn_no! mdtrt_cert_type! mdtrt_cert_no! med_type! medfee_sumamt! psn_setlway! mdtrt_id! chrg_bchno!
        acct_used_flag! insutype!
        out setlinfo
        = setlinfo
        out setldetail[]
        = setldetail

        2207 门诊结算
        in data
        psn_no! mdtrt_cert_type! mdtrt_cert_no! med_type! medfee_sumamt! psn_setlway! mdtrt_id! chrg_bchno! insutype!
        acct_used_flag! invono fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt
        out setlinfo
        = setlinfo setl_id!
        out setldetail[]
        = setldetail

        2208 门诊结算撤销
        in data
        setl_id! mdtrt_id! psn_no!
        out setlinfo
        = reversed
        out setldetail[]
        = setldetail


        """

    static let inpatient = """
        2301 住院费用明细上传
        in feedetail[]
        feedetl_sn! init_feedetl_sn mdtrt_id! drord_no psn_no! med_type! fee_ocur_time! med_list_codg!
        medins_list_codg! det_item_fee_sumamt! cnt! pric! bilg_dept_codg! bilg_dept_name! bilg_dr_codg! bilg_dr_name!
        acord_dept_codg acord_dept_name orders_dr_code orders_dr_name hosp_appr_flag tcmdrug_used_way etip_flag
        etip_hosp_code dscg_tkdrug_flag matn_fee_flag memo exp_content
        out result[]
        = split

        2302 住院费用明细撤销
        in data
        feedetl_sn! mdtrt_id! psn_no! exp_content

        2303 住院预结算
        in data
        psn_no! mdtrt_cert_type! mdtrt_cert_no! medfee_sumamt! psn_setlway! mdtrt_id! acct_used_flag! insutype!
        invono mid_setl_flag! fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt
        out setlinfo
        = setlinfo
        out setldetail[]
        = setldetail

        2304 住院结算
        in data
        psn_no! mdtrt_cert_type! mdtrt_cert_no! medfee_sumamt! psn_setlway! mdtrt_id! insutype! acct_used_flag! invono
        mid_setl_flag! fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt exp_content
        out setlinfo
        = setlinfo setl_id!
        out setldetail[]
        = setldetail

        2305 住院结算撤销
        in data
        mdtrt_id! setl_id! psn_no! exp_content
        out setlinfo
        = reversed
        out setldetail[]
        = setldetail

        2401 入院办理
        in mdtrtinfo
        psn_no! insutype! coner_name tel begntime! mdtrt_cert_type! mdtrt_cert_no! med_type! ipt_no! medrcdno
        atddr_no! chfpdr_name! adm_diag_dscr! adm_dept_codg! adm_dept_name! adm_bed! dscg_maindiag_code!
        dscg_maindiag_name! main_cond_dscr dise_codg dise_name oprn_oprt_code oprn_oprt_name fpsc_no matn_type
        birctrl_type latechb_flag geso_val fetts fetus_cnt pret_flag birctrl_matn_date dise_type_code exp_content
        in diseinfo[]
        = stayDiagnosis
        out result
        mdtrt_id!

        2402 出院办理
        in dscginfo
        mdtrt_id! psn_no! insutype! endtime! dise_codg dise_name oprn_oprt_code oprn_oprt_name fpsc_no matn_type
        birctrl_type latechb_flag geso_val fetts fetus_cnt pret_flag birctrl_matn_date cop_flag dscg_dept_codg!
        dscg_dept_name! dscg_bed dscg_way! die_date
        in diseinfo[]
        = stayDiagnosis

        2403 住院信息变更
        in adminfo
        mdtrt_id! psn_no! coner_name tel begntime! endtime mdtrt_cert_type! med_type! ipt_otp_no! medrcdno atddr_no!
        chfpdr_name! adm_diag_dscr! adm_dept_codg! adm_dept_name! adm_bed! dscg_maindiag_code! dscg_maindiag_name!
        main_cond_dscr dise_codg dise_name oprn_oprt_code oprn_oprt_name fpsc_no matn_type birctrl_type latechb_flag
        geso_val fetts fetus_cnt pret_flag birctrl_matn_date dise_type_code exp_content
        in diseinfo[]
        = stayDiagnosis mdtrt_id

        2404 入院撤销
        in data
        mdtrt_id! psn_no! exp_content

        2405 出院撤销
        in data
        mdtrt_id! psn_no! exp_content


        """

    static let filings = """
        2501 转院备案
        in refmedin
        psn_no! insutype! tel addr insu_optins diag_code! diag_name! dise_cond_dscr reflin_medins_no!
        reflin_medins_name! mdtrtarea_admdvs! hosp_agre_refl_flag refl_type! refl_date! refl_rea! refl_opnn! begndate
        enddate refl_used_flag
        out result
        trt_dcla_detl_sn!

        2502 转院备案撤销
        in data
        trt_dcla_detl_sn! psn_no! memo

        2503 人员慢特病备案
        in data
        psn_no! insutype! opsp_dise_code! opsp_dise_name! tel addr insu_optins! ide_fixmedins_no! ide_fixmedins_name!
        hosp_ide_date! diag_dr_codg! diag_dr_name! begndate! enddate
        out result
        trt_dcla_detl_sn!

        2504 人员慢特病备案撤销
        in data
        trt_dcla_detl_sn! psn_no! memo!

        2505 人员定点备案
        in data
        psn_no! insutype tel addr biz_appy_type! begndate! enddate agnter_name agnter_cert_type agnter_certno
        agnter_tel agnter_addr agnter_rlts fix_srt_no! fixmedins_code! fixmedins_name! memo
        out result
        trt_dcla_detl_sn!

        2506 人员定点备案撤销
        in data
        trt_dcla_detl_sn! psn_no! memo!

        2601 冲正交易
        in data
        psn_no! omsgid! oinfno!


        """

    static let reconciliation = """
        3201 医药机构费用结算对总账
        in data
        insutype! clr_type! setl_optins! stmt_begndate! stmt_enddate! medfee_sumamt! fund_pay_sumamt! acct_pay!
        fixmedins_setl_cnt! refd_setl_flag
        out stmtinfo
        setl_optins stmt_rslt! stmt_rslt_dscr

        3202 医药机构费用结算对明细账
        in data
        clr_type setl_optins! file_qury_no! stmt_begndate! stmt_enddate! medfee_sumamt! fund_pay_sumamt! cash_payamt!
        fixmedins_setl_cnt!
        out fileinfo
        file_qury_no! filename! dld_endtime!


        """

    static let pharmacy =
        ["2101A 药店预结算", "2102A 药店结算"].map { title in
            """
            \(title)
            in druginfo
            psn_no! mdtrt_cert_type! mdtrt_cert_no! begntime! medfee_sumamt! invono insutype! dise_codg dise_name
            acct_used_flag! med_type!
            in drugdetail[]
            feedetl_sn! rxno rx_circ_flag fee_ocur_time! med_list_codg! medins_list_codg! det_item_fee_sumamt! cnt! pric!
            sin_dos_dscr used_frqu_dscr prd_days medc_way_dscr bilg_dept_codg bilg_dept_name bilg_dr_codg bilg_dr_name
            hosp_appr_flag tcmdrug_used_way exp_content
            out setlinfo
            = setlinfo \(title.hasPrefix("2102") ? "setl_id!" : "")
            out setldetail[]
            = setldetail


            """
        }.joined() + """
            2103A 药店结算撤销
            in data
            psn_no! mdtrt_id! setl_id!
            out setlinfo
            = reversed
            out setldetail[]
            = setldetail


            """

    static let queries = """
        5201 就诊信息查询
        in data
        psn_no! begntime! endtime! med_type mdtrt_id
        out mdtrtinfo[]
        mdtrt_id! psn_no! psn_name! insutype! med_type! fixmedins_code! fixmedins_name begntime! endtime ipt_otp_no
        dise_codg memo

        5202 诊断信息查询
        in data
        mdtrt_id! psn_no!
        out diseinfo[]
        diag_type! maindiag_flag! diag_srt_no! diag_code! diag_name! adm_cond diag_dept dise_dor_no dise_dor_name
        diag_time

        5203 结算信息查询
        in data
        psn_no! setl_id! mdtrt_id!
        out setlinfo
        = setlinfo setl_id! refd_setl_flag!
        out setldetail[]
        = setldetail

        5204 费用明细查询
        in data
        psn_no! setl_id mdtrt_id!
        out feedetail[]
        mdtrt_id! setl_id fee_ocur_time! med_list_codg! = split

        5205 人员慢特病用药记录查询
        in data
        psn_no! begntime! endtime!
        out feedetail[]
        mdtrt_id! feedetl_sn! fee_ocur_time! med_list_codg! cnt! pric! det_item_fee_sumamt!

        5206 人员累计信息查询
        in data
        psn_no! cum_ym
        out cuminfo[]
        insutype! year! cum_type_code! cum_type_name! cum!

        5301 人员慢特病备案查询
        in data
        psn_no!
        out feedetail[]
        opsp_dise_code! opsp_dise_name! begndate! enddate trt_dcla_detl_sn!

        5302 人员定点信息查询
        in data
        psn_no! biz_appy_type!
        out psnfixmedin[]
        psn_no! fix_srt_no fixmedins_code! fixmedins_name! begndate! enddate trt_dcla_detl_sn!

        5303 在院信息查询
        in data
        psn_no! begntime! endtime!
        out data[]
        mdtrt_id! psn_no! psn_name! insutype! med_type! begntime! ipt_otp_no dscg_maindiag_code dscg_maindiag_name

        5304 转院信息查询
        in data
        psn_no! begntime! endtime!
        out refmedin[]
        psn_no! trt_dcla_detl_sn! reflin_medins_no! reflin_medins_name! diag_code diag_name begndate! enddate
        """

    /// Lists of fields that several transactions share, called in by `= name`.
    static let shared = [
        "split": """
        feedetl_sn! det_item_fee_sumamt! cnt! pric! pric_uplmt_amt! selfpay_prop fulamt_ownpay_amt overlmt_amt
        preselfpay_amt inscp_scp_amt chrgitm_lv! med_chrgitm_type! bas_medn_flag hi_nego_drug_flag chld_medc_flag
        list_sp_item_flag lmt_used_flag! drt_reim_flag memo
        """,
        "setlinfo": """
        mdtrt_id! psn_no! psn_name! psn_cert_type! certno! gend naty brdy age insutype psn_type! cvlserv_flag!
        setl_time mdtrt_cert_type med_type! medfee_sumamt! fulamt_ownpay_amt! overlmt_selfpay! preselfpay_amt!
        inscp_scp_amt! act_pay_dedc hifp_pay! pool_prop_selfpay! cvlserv_pay! hifes_pay! hifmi_pay! hifob_pay!
        maf_pay! oth_pay! fund_pay_sumamt! psn_part_amt! acct_pay! psn_cash_pay! hosp_part_amt! balc!
        acct_mulaid_pay! medins_setl_id! clr_optins clr_way clr_type!
        """,
        "reversed": """
        mdtrt_id! setl_id! clr_optins setl_time! medfee_sumamt! fulamt_ownpay_amt! overlmt_selfpay! preselfpay_amt!
        inscp_scp_amt! act_pay_dedc hifp_pay! pool_prop_selfpay! cvlserv_pay! hifes_pay! hifmi_pay! hifob_pay!
        maf_pay! oth_pay! fund_pay_sumamt! psn_part_amt! acct_pay! psn_cash_pay! hosp_part_amt! balc!
        acct_mulaid_pay! medins_setl_id!
        """,
        "setldetail": """
        fund_pay_type! inscp_scp_amt! crt_payb_lmt_amt! fund_payamt! fund_pay_type_name setl_proc_info
        """,
        "stayDiagnosis": """
        psn_no! diag_type! maindiag_flag! diag_srt_no! diag_code! diag_name! adm_cond diag_dept! dise_dor_no!
        dise_dor_name! diag_time!
        """,
    ]
}
