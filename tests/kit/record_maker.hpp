#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/ports/log.hpp"

namespace pakashop::kit {

/// An event to be recorded: its stream and its payload.
struct PlainEvent {
    std::string stream;
    std::string payload = R"({"n":1})";
};

/// The 16 bytes a small number stands for, for command and node ids.
CommandId numbered(std::uint64_t number);

/// Writes one partition's records as a leader would: each follows the one before, and versions are
/// dense. What it makes waits until take() hands it out as one batch.
class RecordMaker {
public:
    RecordMaker(std::string generation, PartitionId partition, std::uint64_t node = 1);
    /// Goes on where a log stands; `versions` of streams it will write to.
    RecordMaker(
        std::string generation,
        PartitionId partition,
        const AdmissionState& at,
        std::uint64_t node
    );

    /// Time of the records made from now on.
    void set_time(Instant at) { now_ = at; }
    const StagedRecord& announce();
    const StagedRecord& resign(std::string moved_to = {});
    const StagedRecord& checkpoint(std::string place);
    /// One command's commit under `key`.
    const StagedRecord&
    commit(std::string key, std::uint64_t command, const std::vector<PlainEvent>& events);
    /// A record of an older log, carried over.
    const StagedRecord& import(std::string key, std::string bytes);

    void add_snapshot(Snapshot snapshot) { snapshots_.push_back(std::move(snapshot)); }
    PartitionBatch take();
    const Admission& fold() const { return fold_; }

private:
    Record blank(RecordKind kind) const;
    const StagedRecord& stage(Record record);

    std::string generation_;
    PartitionId partition_;
    NodeId node_;
    Admission fold_;
    Place known_;
    Instant now_{1'770'000'000'000};
    std::map<std::string, std::int64_t> versions_;
    std::vector<StagedRecord> staged_;
    std::vector<Snapshot> snapshots_;
};

}  // namespace pakashop::kit
