#include "events/admission.hpp"

namespace pakashop {

Admission::Admission(std::string_view generation, PartitionId partition)
    : generation_{generation}, partition_{partition}, head_{genesis_head(generation, partition)} {
    heads_[0] = head_;
}

Admission::Admission(std::string_view generation, PartitionId partition, const AdmissionState& at)
    : generation_{generation},
      partition_{partition},
      epoch_{at.epoch},
      node_{at.node},
      next_seq_{at.place.seq},
      remembered_from_{at.place.seq},
      head_{at.place.head},
      resigned_{at.resigned},
      sealed_{at.sealed} {
    heads_[next_seq_ % remembered] = head_;
}

bool Admission::recall(const Digest& head) {
    if (remembered_from_ == 0 || next_seq_ - remembered_from_ + 1 >= remembered) return false;
    heads_[--remembered_from_ % remembered] = head;
    return true;
}

Verdict Admission::offer(const Record& record, const Digest& hash) {
    const Verdict verdict = judge(record);
    if (verdict == Verdict::admitted) admit(record, hash);
    if (verdict == Verdict::voided) ++voided_;
    return verdict;
}

// Rules 1 and 2 look at every record, void or not; then the seal, then epochs.
Verdict Admission::judge(const Record& record) const {
    if (record.generation != generation_ || record.partition != partition_) {
        return halt(HaltReason::foreign_log);
    }
    if (record.known.seq > next_seq_) return halt(HaltReason::lost_history);
    if (contradicts(record.known)) return halt(HaltReason::other_history);
    if (sealed_) return Verdict::voided;
    if (record.kind == RecordKind::announce) return judge_announcement(record);
    return judge_by_epoch(record);
}

Verdict Admission::halt(HaltReason reason) const {
    reason_ = reason;
    return Verdict::halt;
}

bool Admission::contradicts(const Place& known) const {
    const bool in_memory = known.seq >= remembered_from_ && next_seq_ - known.seq < remembered;
    return in_memory && heads_[known.seq % remembered] != known.head;
}

Verdict Admission::judge_announcement(const Record& record) const {
    if (record.epoch == epoch_ + 1) return Verdict::admitted;
    return record.epoch > epoch_ ? halt(HaltReason::impossible_record) : Verdict::voided;
}

Verdict Admission::judge_by_epoch(const Record& record) const {
    if (record.epoch < epoch_) return Verdict::voided;
    if (record.epoch > epoch_) return halt(HaltReason::impossible_record);
    if (record.node != node_ || resigned_ || record.seq != next_seq_) return Verdict::voided;
    return record.prev == head_ ? Verdict::admitted : halt(HaltReason::impossible_record);
}

void Admission::admit(const Record& record, const Digest& hash) {
    if (record.kind == RecordKind::announce) {
        epoch_ = record.epoch;
        node_ = record.node;
        resigned_ = false;
    }
    if (record.kind == RecordKind::resign) {
        resigned_ = true;
        sealed_ = !record.body.empty();
    }
    head_ = next_head(head_, hash);
    ++next_seq_;
    heads_[next_seq_ % remembered] = head_;
    if (next_seq_ - remembered_from_ >= remembered) remembered_from_ = next_seq_ - remembered + 1;
}

bool Admission::led_by(const NodeId& node) const {
    return epoch_ > 0 && node_ == node && !resigned_ && !sealed_;
}

AdmissionState Admission::state() const {
    return {epoch_, node_, {next_seq_, head_}, resigned_, sealed_};
}

}  // namespace pakashop
