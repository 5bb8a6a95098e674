#include <thread>
#include <unordered_map>

#include "handlers/domain.hpp"
#include "ops/benchmarks/bench.hpp"

/// Every stream's state from the log's first record: read, hash, admit, decode, evolve.
namespace pakashop::bench {
namespace {

constexpr std::size_t read_bytes = 4U << 20;

struct Folded {
    std::uint64_t records = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::size_t streams = 0;
};

/// One partition's streams.
class Fold {
public:
    Fold(RocksDbLog& log, PartitionId partition)
        : log_{log}, partition_{partition}, admission_{log.generation(), partition} {}

    Folded run() {
        std::uint64_t offset = 0;
        while (true) {
            const auto entries = log_.read(partition_, offset, read_bytes);
            if (!entries) give_up("the log cannot be read");
            if (entries->empty()) break;
            for (const LogEntry& entry : *entries) take(entry);
            offset = entries->back().offset + 1;
        }
        folded_.streams = states_.size();
        return folded_;
    }

private:
    void take(const LogEntry& entry) {
        const auto record = view_record(entry.bytes);
        if (!record) give_up("a record cannot be read");
        copy_head(*record);
        const Verdict verdict = admission_.offer(head_, record->hash);
        if (verdict == Verdict::halt) give_up("the chain is broken");
        if (verdict == Verdict::voided) return;
        ++folded_.records;
        folded_.bytes += entry.bytes.size();
        std::string_view rest = record->events;
        while (const auto event = next_event(rest)) evolve_with(*event);
    }

    // What the fold of admission looks at.
    void copy_head(const RecordView& record) {
        head_.generation = record.generation;
        head_.partition = record.partition;
        head_.epoch = record.epoch;
        head_.node = record.node;
        head_.seq = record.seq;
        head_.prev = record.prev;
        head_.known = record.known;
        head_.kind = record.kind;
    }

    void evolve_with(const EventView& stored) {
        const auto event = decode_event(stored.type, stored.payload);
        if (!event) give_up("an event cannot be decoded");
        auto at = states_.find(stored.stream);
        if (at == states_.end()) {
            at = states_.emplace(std::string{stored.stream}, *initial_state(stored.stream)).first;
        }
        evolve(at->second, *event);
        ++folded_.events;
    }

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    RocksDbLog& log_;
    PartitionId partition_;
    Admission admission_;
    Record head_;
    std::unordered_map<std::string, AnyState, TextHash, std::equal_to<>> states_;
    Folded folded_;
};

}  // namespace

int replay(const Options& options) {
    const auto log = view_filled(options);
    std::vector<Folded> folded(log->partitions());
    const auto began = steady_now();
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < options.threads; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = t; i < folded.size(); i += options.threads) {
                folded[i] = Fold{*log, static_cast<PartitionId>(i)}.run();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds = seconds_since(began);
    Folded sum;
    for (const Folded& one : folded) {
        sum.records += one.records;
        sum.events += one.events;
        sum.bytes += one.bytes;
        sum.streams += one.streams;
    }
    Figure{"replay"}
        .with("measured", static_cast<double>(sum.events) / seconds)
        .with("threads", static_cast<double>(options.threads))
        .with("events", static_cast<double>(sum.events))
        .with("records", static_cast<double>(sum.records))
        .with("streams", static_cast<double>(sum.streams))
        .with("mb_per_s", static_cast<double>(sum.bytes) / seconds / 1e6)
        .print();
    return 0;
}

}  // namespace pakashop::bench
