#pragma once

#include <vector>

#include "handlers/ports/log.hpp"
#include "tests/simulation/clients.hpp"

namespace pakashop::simulation {

/// A node's replica: the admitted records, few enough to be looked through. A crash may set it
/// back.
class NodeStore final : public Replica, public Heads {
public:
    NodeStore(const Rules& rules, LogWorld& world) : rules_{rules}, world_{world} { clear(); }

    void clear();
    /// Loses what came behind the first so many records.
    void set_back(std::size_t records);
    std::size_t size() const { return kept_.size(); }
    /// The next reader to start from here begins so many offsets before its place.
    void start_early(std::uint64_t offsets) { early_ = offsets; }
    /// While the disk fails nothing is taken.
    void fail(bool fails) { fails_ = fails; }
    /// What is taken next is this node's own, and was acknowledged.
    void acknowledging(bool own) { acknowledging_ = own; }

    /// What a success rests on that the record at `seq` gives.
    Footing footing(std::uint64_t seq) const;
    std::uint64_t seq() const { return state_.place.seq; }
    /// Whether the record at that offset of the log was admitted here.
    bool holds(std::size_t offset) const;
    std::optional<Digest> head_after(std::uint64_t seq) const override;

    Result<void, LogFailure> apply(
        PartitionId,
        std::span<const AdmittedRecord> records,
        std::span<const Snapshot> snapshots = {}
    ) override;
    AdmissionState state(PartitionId) override { return state_; }
    std::optional<Digest> head_at(PartitionId, std::uint64_t seq) override {
        return rules_.recalls_heads ? head_after(seq) : std::nullopt;
    }
    std::uint64_t next_offset(PartitionId) override;
    std::optional<std::string> record(PartitionId, std::uint64_t seq) override;
    std::optional<SeenCommand> find_command(PartitionId, const CommandId& command) override;
    std::vector<std::uint64_t>
    stream(PartitionId, std::string_view stream, std::int64_t after_version) override;
    std::vector<std::uint64_t>
    key_history(PartitionId, std::string_view key, std::uint64_t last_seq) override;
    std::optional<Snapshot> snapshot(PartitionId, std::string_view) override { return {}; }

private:
    struct Kept {
        AdmittedRecord admitted;
        Footing footing;
    };

    Footing footing_of(const AdmittedRecord& record) const;

    const Rules& rules_;
    LogWorld& world_;
    AdmissionState state_;
    Digest genesis_{};
    std::vector<Kept> kept_;
    std::uint64_t early_ = 0;
    bool fails_ = false;
    bool acknowledging_ = false;
};

}  // namespace pakashop::simulation
