#include "tests/handlers/copy_rig.hpp"

#include <doctest/doctest.h>

#include "handlers/chain_reader.hpp"
#include "handlers/process_place.hpp"

namespace pakashop::kit {
namespace {

constexpr int batches = 40;
constexpr std::uint32_t partitions = 2;

// The n-th name that lies in the partition.
std::string key_in(PartitionId partition, std::uint64_t n) {
    for (std::uint64_t i = n * 100;; ++i) {
        std::string key = "ord_" + std::to_string(i);
        if (partition_of(key, partitions) == partition) return key;
    }
}

}  // namespace

OldLog::OldLog(std::uint64_t seed, bool exclusive)
    : log{"g1", partitions, exclusive}, records(partitions), random_{seed} {
    for (std::uint32_t i = 0; i < partitions; ++i) {
        makers_.emplace_back("g1", static_cast<PartitionId>(i));
    }
    for (auto& maker : makers_) maker.announce();
    go_on(batches);
}

void OldLog::go_on(int count) {
    for (int i = 0; i < count; ++i) {
        for (std::uint32_t p = 0; p < partitions; ++p) write(static_cast<PartitionId>(p));
    }
}

// One batch: its records have all seen what was there before it.
void OldLog::write(PartitionId partition) {
    RecordMaker& maker = makers_[partition];
    maker.set_time({1'770'000'000'000 + static_cast<std::int64_t>(commands_)});
    const auto draw = [&](std::uint64_t below) {
        random_ = random_ * 6364136223846793005U + 1442695040888963407U;
        return (random_ >> 33) % below;
    };
    const std::uint64_t count = 1 + draw(9);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string key = key_in(partition, draw(20));
        maker.commit(key, ++commands_, {{"order:" + key}, {"payment:" + key}});
    }
    if (draw(5) == 0) maker.checkpoint(encode_process_place(maker.fold().place().seq - draw(4)));
    if (draw(8) == 0) maker.announce();
    const PartitionBatch batch = maker.take();
    REQUIRE(log.append({&batch, 1}).front() == AppendOutcome::durable);
    for (const StagedRecord& staged : batch.records) records[partition].push_back(staged.bytes);
}

LogSurvey OldLog::survey() {
    auto found = LogSurveyor{log}.read();
    REQUIRE(found.has_value());
    return *std::move(found);
}

LogSurvey OldLog::seal(const std::string& moved_to) {
    LogSurveyor surveyor{log};
    auto sealed = pakashop::seal(surveyor, moved_to, numbered(99));
    REQUIRE(sealed.has_value());
    return *std::move(sealed);
}

std::vector<std::vector<AdmittedRecord>> history_of(Log& log) {
    std::vector<std::vector<AdmittedRecord>> out(log.partitions());
    for (std::size_t i = 0; i < out.size(); ++i) {
        ChainReader reader{log, static_cast<PartitionId>(i)};
        while (true) {
            const auto next = reader.peek();
            const std::string wrong =
                next ? std::string{} : text_of(static_cast<PartitionId>(i), next.error());
            REQUIRE(wrong == "");
            if (!*next) break;
            out[i].push_back(reader.take());
        }
    }
    return out;
}

std::vector<std::vector<std::string>> bytes_of(const std::vector<std::vector<AdmittedRecord>>& all
) {
    std::vector<std::vector<std::string>> out(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const AdmittedRecord& one : all[i]) out[i].push_back(one.staged.bytes);
    }
    return out;
}

}  // namespace pakashop::kit
