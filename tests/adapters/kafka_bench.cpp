#include "tests/adapters/kafka_bench.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <doctest/doctest.h>

namespace pakashop::kit {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    REQUIRE_MESSAGE(value != nullptr, "run it by tests/adapters/with_kafka.py");
    return value;
}

}  // namespace

KafkaOptions kafka_options() {
    KafkaOptions options;
    options.brokers = variable("PAKASHOP_TEST_KAFKA");
    return options;
}

std::string strike(const std::string& command) {
    const std::string line = PAKASHOP_SOURCE_DIR "/ops/kafka " + command + " --dir " +
                             variable("PAKASHOP_TEST_KAFKA_DIR") + " 2>/dev/null";
    std::FILE* pipe = ::popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe)) out += part.data();
    REQUIRE_MESSAGE(::pclose(pipe) == 0, line);
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

std::string make_generation(std::uint32_t partitions) {
    static std::atomic<int> made{0};
    const std::string generation = "t" + std::to_string(++made);
    const auto done = KafkaLog::create_topic(kafka_options(), {generation, partitions, true});
    REQUIRE_MESSAGE(done.has_value(), done.error().detail);
    return generation;
}

KafkaLogOptions log_options_of(const std::string& generation, std::uint32_t partitions) {
    KafkaLogOptions options;
    options.kafka = kafka_options();
    options.generation = generation;
    options.partitions = partitions;
    options.allow_weak_topic = true;
    return options;
}

std::unique_ptr<KafkaLog> open_log(const KafkaLogOptions& options) {
    auto log = KafkaLog::open(options);
    REQUIRE_MESSAGE(log.has_value(), log.error().detail);
    return *std::move(log);
}

std::uint64_t Follower::follow(PartitionId partition) {
    Admission fold{log_.generation(), partition, replica_.state(partition)};
    std::uint64_t offset = replica_.next_offset(partition);
    while (true) {
        const auto entries = log_.read(partition, offset, 1U << 20);
        REQUIRE(entries.has_value());
        if (entries->empty()) return fold.voided();
        std::vector<AdmittedRecord> admitted;
        for (const LogEntry& entry : *entries) {
            offset = entry.offset + 1;
            auto decoded = decode_record(entry.bytes);
            REQUIRE(decoded.has_value());
            const Verdict verdict = fold.offer(decoded->record, decoded->hash);
            REQUIRE(verdict != Verdict::halt);
            if (verdict == Verdict::voided) continue;
            auto record = std::make_shared<const Record>(std::move(decoded->record));
            admitted.push_back(
                {{std::move(record), entry.bytes, decoded->hash}, entry.offset, fold.state()}
            );
        }
        REQUIRE(replica_.apply(partition, admitted).has_value());
    }
}

}  // namespace pakashop::kit
