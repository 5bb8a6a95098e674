#include "tests/kit/flaky_log.hpp"

#include <utility>

namespace pakashop::kit {

void FlakyLog::land_all() {
    for (Late& late : std::exchange(late_, {})) {
        topic_.append(late.partition, std::move(late.records));
    }
}

std::future<std::vector<AppendOutcome>> FlakyLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    if (chance(50)) land_all();
    const bool killed = kill_at_ > 0 && --kill_at_ == 0;
    std::vector<AppendOutcome> outcomes;
    for (const PartitionBatch& batch : batches) outcomes.push_back(append_one(batch));
    if (killed) throw Killed{};
    std::promise<std::vector<AppendOutcome>> done;
    done.set_value(std::move(outcomes));
    return done.get_future();
}

// What is under way may be of any earlier batch, and any records of it, in their order.
AppendOutcome FlakyLog::append_one(const PartitionBatch& batch) {
    std::vector<std::string> all = bytes_of(batch);
    if (!chance(faults_percent_)) {
        topic_.append(batch.partition, std::move(all));
        return AppendOutcome::durable;
    }
    ++faults_;
    std::vector<std::string> some;
    for (const std::string& record : all) {
        if (chance(50)) some.push_back(record);
    }
    if (chance(60)) topic_.append(batch.partition, some);
    if (chance(60)) late_.push_back({batch.partition, chance(50) ? all : some});
    return AppendOutcome::unknown;
}

}  // namespace pakashop::kit
