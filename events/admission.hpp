#pragma once

#include <cstdint>
#include <string_view>

#include "events/record.hpp"

namespace pakashop {

/// What the fold makes of a record (architecture 2.3).
enum class Verdict {
    admitted,  ///< It is part of the history.
    voided,    ///< A late or lost writer's: ignored by everybody, for ever.
    halt  ///< Histories differ, or bytes are damaged: nothing is served until a person decides.
};

enum class HaltReason {
    none,
    foreign_log,       ///< Another generation or partition (rule 1).
    lost_history,      ///< Its writer had seen records this log does not have (rule 2).
    other_history,     ///< Its writer had seen other records at a place we remember (rule 2).
    impossible_record  ///< A future epoch, or the right place on another chain (rule 7).
};
constexpr auto enum_names(HaltReason) {
    return std::array<std::string_view, 5>{
        "none", "foreign_log", "lost_history", "other_history", "impossible_record"
    };
}

/// The fold that every reader of a partition runs over every record it meets, in order. It alone
/// says what the history is: single-writer fencing, duplicate removal, gap, truncation and tamper
/// detection, on any log that keeps an order.
class Admission {
public:
    Admission(std::string_view generation, PartitionId partition);
    /// Goes on at a place that a checkpoint or store remembers.
    Admission(std::string_view generation, PartitionId partition, const struct AdmissionState& at);

    /// Learns the head one position before the earliest it remembers, so that rule 2 reaches back
    /// behind a restart. False, and nothing learned, once it remembers as many as it ever does.
    bool recall(const Digest& head);

    /// The verdict on a record whose own hash has been checked; an admitted one moves the state.
    Verdict offer(const Record& record, const Digest& hash);
    /// The verdict alone.
    Verdict judge(const Record& record) const;

    Place place() const { return {next_seq_, head_}; }
    std::uint64_t epoch() const { return epoch_; }
    const NodeId& node() const { return node_; }
    /// True when this node may write: it announced the current epoch and has not resigned.
    bool led_by(const NodeId& node) const;
    bool sealed() const { return sealed_; }
    HaltReason halted_because() const { return reason_; }
    std::uint64_t voided() const { return voided_; }
    struct AdmissionState state() const;

private:
    static constexpr std::size_t remembered = 64;

    Verdict halt(HaltReason reason) const;
    bool contradicts(const Place& known) const;
    Verdict judge_announcement(const Record& record) const;
    Verdict judge_by_epoch(const Record& record) const;
    void admit(const Record& record, const Digest& hash);

    std::string generation_;
    PartitionId partition_;
    std::uint64_t epoch_ = 0;
    NodeId node_{};
    std::uint64_t next_seq_ = 0;
    std::uint64_t remembered_from_ = 0;  ///< The oldest position whose head is in `heads_`.
    Digest head_;
    std::array<Digest, remembered> heads_{};
    bool resigned_ = false;
    bool sealed_ = false;
    std::uint64_t voided_ = 0;
    mutable HaltReason reason_ = HaltReason::none;
};

/// What a checkpoint keeps of the fold.
struct AdmissionState {
    std::uint64_t epoch = 0;
    NodeId node{};
    Place place;
    bool resigned = false;
    bool sealed = false;
    friend bool operator==(const AdmissionState&, const AdmissionState&) = default;
};

}  // namespace pakashop
