#include "tests/adapters/kafka_bench.hpp"
#include "tests/contracts/log_contract.hpp"

namespace pakashop {
namespace {

constexpr std::uint32_t partitions = 4;

// The log, and the snapshots that a leader would put into its replica once they are durable.
class LeadersLog final : public Log {
public:
    explicit LeadersLog(std::unique_ptr<KafkaLog> log) : log_{std::move(log)} {}

    std::string_view generation() const override { return log_->generation(); }
    std::uint32_t partitions() const override { return log_->partitions(); }
    bool exclusive() const override { return log_->exclusive(); }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override {
        for (const PartitionBatch& batch : batches) {
            auto& kept = snapshots_[batch.partition];
            kept.insert(kept.end(), batch.snapshots.begin(), batch.snapshots.end());
        }
        return log_->begin_append(batches);
    }
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override {
        return log_->read(partition, offset, bytes_max);
    }
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override {
        return log_->end(partition);
    }
    std::map<PartitionId, std::vector<Snapshot>> take_snapshots() {
        return std::exchange(snapshots_, {});
    }

private:
    std::unique_ptr<KafkaLog> log_;
    std::map<PartitionId, std::vector<Snapshot>> snapshots_;
};

class KafkaBench final : public contract::LogBench {
public:
    explicit KafkaBench(const KafkaLogOptions& options)
        : log_{kit::open_log(options)},
          replica_{kit::open_replica(kit::replica_options(options, folder_))} {}

    Log& log() override { return log_; }
    Store& store() override {
        for (PartitionId p = 0; p < partitions; ++p) {
            REQUIRE(kit::follow(log_, *replica_, p).has_value());
        }
        for (const auto& [partition, snapshots] : log_.take_snapshots()) {
            REQUIRE(replica_->apply(partition, {}, snapshots).has_value());
        }
        return *replica_;
    }

private:
    kit::ScratchFolder folder_;
    LeadersLog log_;
    std::unique_ptr<RocksDbReplica> replica_;
};

TEST_CASE("the log on Kafka, with a replica that follows it, keeps the contract") {
    contract::check_log([] {
        const std::string generation = kit::make_generation(partitions);
        return std::make_unique<KafkaBench>(kit::log_options_of(generation, partitions));
    });
}

TEST_CASE("a copy goes on behind what it has read, and nowhere else") {
    const std::string generation = kit::make_generation(partitions);
    const auto options = kit::log_options_of(generation, partitions);
    kit::RecordMaker maker{generation, 1};
    maker.announce();
    const auto log = kit::open_log(options);
    const PartitionBatch first = maker.take();
    REQUIRE(log->append({&first, 1}).front() == AppendOutcome::durable);
    maker.commit("ord_1", 1, {{"order:ord_1"}});
    const PartitionBatch second = maker.take();

    const auto copier = kit::open_log(options);
    CHECK(copier->append({&second, 1}).front() == AppendOutcome::unknown);
    copier->continue_at(1, 1);
    CHECK(copier->append({&second, 1}).front() == AppendOutcome::durable);
    CHECK(copier->end(1).value() == 2);
    // It lies there by now, so the same again comes to lie elsewhere.
    const auto other = kit::open_log(options);
    other->continue_at(1, 1);
    CHECK(other->append({&second, 1}).front() == AppendOutcome::unknown);
    CHECK(kit::open_log(options)->read(1, 0, SIZE_MAX)->size() == 3);
}

}  // namespace
}  // namespace pakashop
