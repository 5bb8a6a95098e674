#include "tests/adapters/kafka_bench.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <doctest/doctest.h>

#include "tests/kit/eventually.hpp"

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
                             variable("PAKASHOP_TEST_KAFKA_DIR") + " 2>&1";
    std::FILE* pipe = ::popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe)) out += part.data();
    REQUIRE_MESSAGE(::pclose(pipe) == 0, line << ": " << out);
    if (out.ends_with('\n')) out.pop_back();
    return out.substr(out.rfind('\n') + 1);
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

RocksDbReplicaOptions replica_options(const KafkaLogOptions& log, const ScratchFolder& folder) {
    RocksDbReplicaOptions options;
    options.directory = folder.path() / "replica";
    options.generation = log.generation;
    options.partitions = log.partitions;
    options.free_bytes_min = 1U << 20;
    options.memtable_bytes = 4U << 20;
    options.cache_bytes = 1U << 20;
    return options;
}

std::unique_ptr<RocksDbReplica> open_replica(const RocksDbReplicaOptions& options) {
    auto replica = RocksDbReplica::open(options);
    REQUIRE_MESSAGE(replica.has_value(), replica.error().detail);
    return *std::move(replica);
}

Result<std::uint64_t, LogFailure> follow(Log& log, RocksDbReplica& replica, PartitionId partition) {
    Admission fold{log.generation(), partition, replica.state(partition)};
    std::uint64_t offset = replica.next_offset(partition);
    while (true) {
        const auto entries = log.read(partition, offset, 1U << 20);
        if (!entries) return unexpected{entries.error()};
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
        REQUIRE(replica.apply(partition, admitted).has_value());
    }
}

Node::Node(const KafkaLogOptions& options, std::uint64_t number) : number_{number} {
    KafkaLogOptions own = options;
    own.on_failure = [this](std::string_view problem) { problems_.emplace_back(problem); };
    log_ = open_log(own);
    replica_ = open_replica(replica_options(options, folder_));
}

RecordMaker& Node::catch_up(PartitionId partition) {
    REQUIRE(try_to_catch_up(partition).has_value());
    return *maker_;
}

Result<void, LogFailure> Node::try_to_catch_up(PartitionId partition) {
    const auto voided = follow(*log_, *replica_, partition);
    if (!voided) return unexpected{voided.error()};
    voided_ = *voided;
    maker_.emplace(std::string{log_->generation()}, partition, replica_->state(partition), number_);
    return {};
}

AppendOutcome Node::append() {
    const PartitionBatch batch = maker_->take();
    return log_->append({&batch, 1}).at(0);
}

void Node::lead(PartitionId partition) {
    const bool led = eventually([&] {
        if (!try_to_catch_up(partition)) return false;
        maker_->announce();
        const std::uint64_t epoch = maker_->fold().epoch();
        append();
        if (!try_to_catch_up(partition)) return false;
        return maker_->fold().led_by(numbered(number_)) && maker_->fold().epoch() == epoch;
    });
    REQUIRE(led);
}

AppendOutcome Node::commit() {
    maker_->commit("ord_1", number_ * 1'000'000 + ++commands_, {});
    return append();
}

}  // namespace pakashop::kit
