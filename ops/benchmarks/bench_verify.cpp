#include "handlers/chain.hpp"
#include "ops/benchmarks/bench.hpp"

/// The proof of the whole chain, and what SHA-256 alone needs for the same bytes.
namespace pakashop::bench {
namespace {

constexpr std::size_t read_bytes = 8U << 20;

// The records' bytes are hashed from memory; reading them does not count.
double sha256_speed(RocksDbLog& log) {
    double seconds = 0;
    double bytes = 0;
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        std::uint64_t offset = 0;
        while (true) {
            const auto entries = log.read(static_cast<PartitionId>(i), offset, read_bytes);
            if (!entries) give_up("the log cannot be read");
            if (entries->empty()) break;
            const auto began = steady_now();
            for (const LogEntry& entry : *entries) {
                bytes += static_cast<double>(entry.bytes.size());
                const Digest digest = sha256(entry.bytes);
                offset = entry.offset + 1 + (digest[0] & 0);
            }
            seconds += seconds_since(began);
        }
    }
    return bytes / seconds / 1e6;
}

}  // namespace

int verify(const Options& options) {
    const auto log = view_filled(options);
    double bytes = 0;
    double records = 0;
    double events = 0;
    const auto began = steady_now();
    for (const auto& count : verify_chains(*log)) {
        if (!count) give_up("the chain is broken: " + std::string{name_of(count.error().fault)});
        bytes += static_cast<double>(count->bytes);
        records += static_cast<double>(count->records);
        events += static_cast<double>(count->events);
    }
    const double seconds = seconds_since(began);
    Figure{"verify"}
        .with("measured", bytes / seconds / 1e6)
        .with("limit", sha256_speed(*log))
        .with("records_per_s", records / seconds)
        .with("events_per_s", events / seconds)
        .with("mb", bytes / 1e6)
        .print();
    return 0;
}

}  // namespace pakashop::bench
