#include "adapters/kafka/kafka_log.hpp"
#include "ops/benchmarks/load.hpp"

/// The same commands through the shard to a broker: decide, seal, hash, one acknowledged batch, the
/// replica, answer. Beside it lies a topic of the same kind for whoever measures the broker alone.
namespace pakashop::bench {
namespace {

constexpr std::size_t sample_bytes = 1024uz * 1024;

void make_topics(const Options& options) {
    KafkaOptions kafka;
    kafka.brokers = options.brokers;
    for (const std::string_view generation : {log_generation, raw_generation}) {
        KafkaTopicOptions topic;
        topic.generation = generation;
        topic.partitions = static_cast<std::uint32_t>(options.partitions);
        const auto made = KafkaLog::create_topic(kafka, topic);
        if (!made) give_up("the topic is not made: " + made.error().detail);
    }
}

// Of the records at the beginning of each partition, products on sale and trade alike.
double bytes_per_record(Log& log) {
    std::size_t bytes = 0;
    std::size_t records = 0;
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        const auto entries = log.read(static_cast<PartitionId>(i), 0, sample_bytes);
        if (!entries) give_up("the log cannot be read");
        records += entries->size();
        for (const LogEntry& entry : *entries) bytes += entry.bytes.size();
    }
    return static_cast<double>(bytes) / static_cast<double>(records);
}

}  // namespace

int kafka(const Options& options) {
    const std::chrono::seconds time{options.seconds};
    make_topics(options);
    Machine machine{options};
    Load load{machine};
    const LoadFigures full = load.run(options.waiting, time);
    const LoadFigures tenth = load.run_paced(full.per_second / 10, time);
    Figure{"kafka"}
        .with("measured", full.per_second)
        .with("p50_ms", full.p50_ms)
        .with("p99_ms", full.p99_ms)
        .with("waiting", static_cast<double>(options.waiting))
        .with("bytes", bytes_per_record(machine.log()))
        .print();
    Figure{"kafka_p50"}.with("measured", tenth.p50_ms).with("per_second", tenth.per_second).print();
    Figure{"kafka_p99"}.with("measured", tenth.p99_ms).with("per_second", tenth.per_second).print();
    return 0;
}

}  // namespace pakashop::bench
