import Basics

/// A hospital's own item and the national one that it stands for (目录对照, 3301): uploaded by the hospital,
/// valid within its period once approved, ended by an act.
public struct ItemMapping: Hashable, Sendable {
    public var id: ID<ItemMapping>
    public var area: AreaCode
    /// 定点医药机构编号
    public var provider: String
    /// 医药机构目录编码 (`fixmedins_hilist_id`)
    public var ownCode: String
    public var ownName: String
    public var listType: ListType
    /// 医疗目录编码 (`med_list_codg`)
    public var nationalCode: String
    public var first: Day
    public var last: Day
    public var details: MappingDetails
    public var uploaded: Moment
    public var state: State

    public init(
        id: ID<ItemMapping>, area: AreaCode, provider: String, ownCode: String, ownName: String, listType: ListType,
        nationalCode: String, first: Day, last: Day, details: MappingDetails = MappingDetails(),
        uploaded: Moment, state: State = .submitted
    ) {
        self.id = id
        self.area = area
        self.provider = provider
        self.ownCode = ownCode
        self.ownName = ownName
        self.listType = listType
        self.nationalCode = nationalCode
        self.first = first
        self.last = last
        self.details = details
        self.uploaded = uploaded
        self.state = state
    }

    /// Where the mapping stands after the last act upon it.
    public enum State: Int64, Sendable, CaseIterable {
        /// 已上传,待审批
        case submitted = 0
        /// 审批通过
        case approved = 1
        /// 退回
        case returned = 2
        /// 已撤销 (3302)
        case withdrawn = 3

        public var name: String {
            switch self {
            case .submitted: "待审批"
            case .approved: "审批通过"
            case .returned: "退回"
            case .withdrawn: "已撤销"
            }
        }

        /// Whether an act may lead from here to `next`.
        public func mayBecome(_ next: State) -> Bool {
            switch (self, next) {
            case (.submitted, .approved), (.submitted, .returned), (.submitted, .withdrawn), (.approved, .withdrawn):
                true
            default: false
            }
        }

        /// Takes up its own code for its period: no other mapping of the code may overlap it.
        public var isLive: Bool { self == .submitted || self == .approved }
    }

    /// The same claim again, whatever its number, moment and state: a repeated upload.
    public func repeats(_ other: ItemMapping) -> Bool {
        var same = other
        same.id = id
        same.uploaded = uploaded
        same.state = state
        return same == self
    }

    public func holds(on day: Day) -> Bool { state == .approved && first <= day && day <= last }
}

/// What else a hospital tells about its item (3301).
public struct MappingDetails: Hashable, Sendable {
    /// 批准文号
    public var approval: String
    /// 剂型
    public var form: String
    /// 除外内容
    public var excluded: String
    /// 项目内涵
    public var content: String
    /// 计价单位
    public var unit: String
    /// 规格
    public var spec: String
    /// 包装规格
    public var pack: String
    public var memo: String

    public init(
        approval: String = "", form: String = "", excluded: String = "", content: String = "", unit: String = "",
        spec: String = "", pack: String = "", memo: String = ""
    ) {
        self.approval = approval
        self.form = form
        self.excluded = excluded
        self.content = content
        self.unit = unit
        self.spec = spec
        self.pack = pack
        self.memo = memo
    }
}
