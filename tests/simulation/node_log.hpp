#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/kafka/delivery.hpp"
#include "adapters/kafka/known_ends.hpp"
#include "tests/simulation/scene.hpp"

namespace pakashop::simulation {

/// One node's way to the log, as adapters/kafka goes it: one batch on the wire at a time, an
/// announcement may lie anywhere, what follows it lies right behind it or is unknown; after that
/// nothing is taken before the next announcement. What the broker's reports come to is judged by
/// the real `kafka::judge`.
class NodeLog final : public Log {
public:
    /// `fold` is that of the node's shard; it is asked only when folds are shown other records than
    /// there are.
    NodeLog(
        Scene& scene,
        std::size_t node,
        std::size_t place,
        const Heads& heads,
        std::function<const Admission&()> fold
    );

    /// What became of the batch on the wire, if it is that one.
    void take(const Delivery& delivery);
    /// Nobody will ever say what became of the batch on the wire.
    void time_out();
    /// Batches without an outcome.
    std::size_t waiting() const { return waiting_.size(); }
    /// Where the node stands: where it read last, or behind what it took since.
    std::size_t place() const { return place_; }
    void move_to(std::size_t place) { place_ = place; }

    std::string_view generation() const override { return simulation::generation; }
    std::uint32_t partitions() const override { return partition + 1; }
    bool exclusive() const override { return !scene_.rules.barrier; }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override;
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId, std::uint64_t offset, std::size_t bytes_max) override;
    Result<std::uint64_t, LogFailure> end(PartitionId) override { return scene_.world.size(); }

private:
    using Outcome = std::shared_ptr<std::optional<AppendOutcome>>;
    /// A batch that has no outcome yet.
    struct Waiting {
        std::vector<WirePointer> wires;
        bool announces = false;
        std::uint32_t ticket = 0;  ///< 0 until it is on the wire.
        Outcome outcome;
    };

    void advance();
    bool refuses_next() const;
    void send_next();
    AppendOutcome judge(const Offsets& offsets) const;
    void finish(AppendOutcome outcome);
    WirePointer to_wire(const StagedRecord& staged);
    void spoil_announcement(Record& record);
    void wait_for(const Outcome& outcome);
    std::vector<LogEntry> entries_from(std::size_t offset, std::size_t count);

    Scene& scene_;
    std::size_t node_;
    const Heads& heads_;
    std::function<const Admission&()> fold_;
    std::deque<Waiting> waiting_;
    std::optional<std::uint64_t> next_;  ///< Where the next record must lie, once announced.
    AppendOutcome closed_ = AppendOutcome::unknown;  ///< The answer while it is not.
    kafka::Berth berth_;
    kafka::KnownEnds ends_;
    std::size_t place_;
    std::uint64_t last_epoch_ = 0;  ///< Of this node's last announcement.
    std::size_t records_lost_ = 0;  ///< In the batch whose outcome was unknown last.
};

}  // namespace pakashop::simulation
