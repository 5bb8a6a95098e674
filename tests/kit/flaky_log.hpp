#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "tests/kit/shared_log.hpp"

namespace pakashop::kit {

/// Thrown where a process would have been killed.
struct Killed {};

/// A log of many machines that now and then loses any part of a batch, writes it twice, or writes
/// it when nobody waits for it any more; and the process that writes it may be killed.
class FlakyLog final : public Log {
public:
    /// `faults_percent` of the batches come to something else than they should.
    FlakyLog(SharedTopic& topic, std::uint64_t seed, int faults_percent)
        : topic_{topic}, random_{seed}, faults_percent_{faults_percent} {}

    /// The process is killed when it appends for the n-th time from now on; 0: never.
    void kill_at(int appends) { kill_at_ = appends; }
    /// What is still under way arrives.
    void land_all();
    int faults() const { return faults_; }

    std::string_view generation() const override { return topic_.generation; }
    std::uint32_t partitions() const override { return topic_.partitions(); }
    bool exclusive() const override { return false; }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override;
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t) override {
        return topic_.read(partition, offset);
    }
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override {
        return topic_.end(partition);
    }

private:
    struct Late {
        PartitionId partition;
        std::vector<std::string> records;
    };
    AppendOutcome append_one(const PartitionBatch& batch);
    bool chance(int percent) { return std::uniform_int_distribution{1, 100}(random_) <= percent; }

    SharedTopic& topic_;
    std::mt19937_64 random_;
    int faults_percent_;
    int kill_at_ = 0;
    int faults_ = 0;
    std::vector<Late> late_;
};

}  // namespace pakashop::kit
