import Basics

/// The values in force, for `run.json`: the keys of the parameters file, so that a run's values can be read in again.
extension Parameters {
    func write(to json: inout JSONWriter) {
        json.object("parameters") { json in
            json.field("version", version)
            json.field("rejected_share_limit", rejectedShareLimit.description)
            writeSettings(&json)
            json.object("tiers") { json in
                json.counts("digit", digitTiers)
                json.counts("grade", gradeTiers)
            }
            json.field("working_age_from", Int64(workingAgeFrom))
            json.array("retirement") { json in for row in retirement { row.write(to: &json) } }
            json.field("newborn_days", Int64(newbornDays))
            json.texts("sex_undecided_diagnoses", sexUndecidedDiagnoses)
            json.field("discount", discount.description)
            json.field("course_gap_days", Int64(courseGapDays))
            json.field("pre_admission_days", Int64(preAdmissionDays))
            writeStays(&json)
            writeBehaviour(&json)
            json.field("late_upload_hours", Int64(lateUploadHours))
            json.object("kinds") { json in
                json.field("drugs", Int64(drugKinds))
                json.field("herbal", Int64(herbalKinds))
            }
            json.texts("same_class_excepted", sameClassExcepted)
            json.object("code_lengths") { json in
                for (first, lengths) in codeLengths.sorted(by: { $0.key < $1.key }) {
                    json.name(first)
                    json.array { json in for length in lengths { json.number(Int64(length)) } }
                }
            }
            json.field("stock_tolerance", stockTolerance.description)
        }
    }

    private func writeSettings(_ json: inout JSONWriter) {
        json.object("settings") { json in
            json.texts("inpatient", inpatient.sorted())
            json.texts("outpatient", outpatient.sorted())
            json.texts("emergency", emergency.sorted())
            json.texts("pharmacy", pharmacy.sorted())
            json.texts("internet", internet.sorted())
            json.texts("maternity", maternity.sorted())
            json.texts("emergency_admission", emergencyAdmission.sorted())
        }
    }

    private func writeStays(_ json: inout JSONWriter) {
        json.texts("bed_item_prefixes", bedItemPrefixes)
        json.texts("idle_charge_types", idleChargeTypes.sorted())
        json.texts("idle_item_prefixes", idleItemPrefixes)
        json.object("hanging_bed") { json in
            json.field("min_days", Int64(hangingBedMinDays))
            json.field("idle_share", hangingBedIdleShare.description)
        }
        json.field("readmission_days", Int64(readmissionDays))
        json.texts("planned_causes", plannedCauses)
        json.field("indicator_readmission_days", Int64(indicatorReadmissionDays))
        json.field("indicator_min_institutions", Int64(indicatorMinInstitutions))
        json.texts("ct_item_prefixes", ctItemPrefixes)
        json.texts("mri_item_prefixes", mriItemPrefixes)
    }

    private func writeBehaviour(_ json: inout JSONWriter) {
        json.object("frequency") { json in
            json.field("outpatient_per_day", Int64(frequency.outpatientPerDay))
            json.field("outpatient_per_month", Int64(frequency.outpatientPerMonth))
            json.field("pharmacy_per_day", Int64(frequency.pharmacyPerDay))
            json.field("pharmacy_per_month", Int64(frequency.pharmacyPerMonth))
            json.field("inpatient_per_year", Int64(frequency.inpatientPerYear))
        }
        json.object("together") { json in
            json.field("persons", Int64(togetherPersons))
            json.field("days", Int64(togetherDays))
            json.texts("excepted_diagnoses", togetherExcepted)
        }
    }
}

extension Parameters.Retirement {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("from", from)
            json.field("male_months", Int64(maleMonths))
            json.field("female_months", Int64(femaleMonths))
            json.field("delay_every_months", Int64(delayEveryMonths))
            json.field("male_limit_months", Int64(maleLimitMonths))
            json.field("female_limit_months", Int64(femaleLimitMonths))
        }
    }
}

extension JSONWriter {
    fileprivate mutating func texts(_ name: StaticString, _ values: [String]) {
        array(name) { json in for value in values { json.text(value) } }
    }

    fileprivate mutating func counts(_ name: StaticString, _ values: [String: Int]) {
        object(name) { json in
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                json.name(key)
                json.number(Int64(value))
            }
        }
    }
}
