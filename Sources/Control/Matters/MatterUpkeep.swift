import Basics
import Storage

extension Matters {
    /// What time and change of staff bring about without anybody's act (日常维护): matters whose missing papers did not
    /// come in time end, and work that waits for somebody who left goes back to the post.
    ///
    /// - Returns: the matters that were touched.
    @discardableResult
    public func upkeep(_ tx: any Transaction, at now: Moment, limit: Int = 200) throws -> [ID<Matter>] {
        try expire(tx, at: now, limit: limit) + release(tx, at: now, limit: limit)
    }

    private func expire(_ tx: any Transaction, at now: Moment, limit: Int) throws -> [ID<Matter>] {
        let late: [ID<Matter>] = try tx.rows(
            Matters.lateSupplies, Value(area), Value(now.day), .int(Int64(limit))
        ) { try $0.id(0) }
        for matter in late {
            let work = try MatterWork(self, tx, matter, by: nil, at: now)
            try work.expire()
            try work.save()
        }
        return late
    }

    private static let lateSupplies: SQL = """
        SELECT matter FROM matter_task WHERE area = ? AND status = 1 AND purpose = 2 AND due_day < ?
        ORDER BY due_day, id LIMIT ?
        """

    private func release(_ tx: any Transaction, at now: Moment, limit: Int) throws -> [ID<Matter>] {
        var touched: [ID<Matter>] = []
        for task in try orphans(tx, at: now, limit: limit) {
            let work = try MatterWork(self, tx, task.matter, by: nil, at: now)
            // An earlier task of the same matter may have settled this one.
            guard let task = work.file.openTasks.first(where: { $0.id == task.id }) else { continue }
            try work.release(task)
            try work.save()
            touched.append(task.matter)
        }
        return touched
    }

    /// Open work that is assigned to people who cannot do it any more.
    private func orphans(_ tx: any Transaction, at now: Moment, limit: Int) throws -> [MatterTask] {
        var orphans: [MatterTask] = []
        for person in try assignees(tx) {
            let held = Set(try Organisation.posts(tx, area: area, of: person, at: now).map(\.post))
            let tasks = try tx.all(
                MatterTask.self, Matters.assigned, Value(area), Value(person), .int(Int64(limit)))
            let keepsOut = try !Recusals.standing(tx, area: area, of: person).isEmpty
            orphans += try tasks.filter { task in
                func isConcerned(_ person: ID<StaffMember>) throws -> Bool {
                    try MatterWork(self, tx, task.matter, by: nil, at: now).isConcerned(person)
                }
                if keepsOut, try isConcerned(person) { return true }
                if task.post.text.isEmpty { return held.isEmpty }
                guard let principal = task.principal else { return !held.contains(task.post) }
                if try !Recusals.standing(tx, area: area, of: principal).isEmpty, try isConcerned(principal) {
                    return true
                }
                return try held.isEmpty
                    || !Organisation.posts(tx, area: area, of: principal, at: now).contains { $0.post == task.post }
            }
            if orphans.count >= limit { break }
        }
        return orphans
    }

    /// Everybody with open work of their own: one step along the index for each person, not a walk over all work.
    private func assignees(_ tx: any Transaction) throws -> [ID<StaffMember>] {
        var people: [ID<StaffMember>] = []
        while let next = try tx.first(
            Matters.nextAssignee, Value(area), Value(people.last ?? ID(0)), read: { try $0.intOrNil(0) }) ?? nil
        {
            people.append(ID(next))
        }
        return people
    }

    private static let nextAssignee: SQL = """
        SELECT min(assignee) FROM matter_task
        WHERE area = ? AND status = 1 AND assignee IS NOT NULL AND assignee > ?
        """

    private static let assigned = SQL(
        """
        SELECT \(MatterTask.columns) FROM matter_task
        WHERE area = ? AND assignee = ? AND status = 1 AND assignee IS NOT NULL ORDER BY due_day, id LIMIT ?
        """)
}

extension MatterWork {
    /// Takes work from somebody who left: signers lose their voice, other work goes back to the post's list.
    fileprivate func release(_ task: MatterTask) throws {
        let present = stage
        if present.signing.isJoint, task.purpose == .act, task.position == present.position {
            try lapseLeavers()
            return try settle(present, present.signing.outcome(votes()))
        }
        try record(.released, "办理人已不在岗或应当回避,退回岗位待办", task: task, target: task.assignee?.raw, byHouse: true)
        var free = task
        free.assignee = nil
        free.principal = nil
        try change(free)
    }
}
