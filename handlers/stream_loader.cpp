#include "handlers/stream_loader.hpp"

#include <algorithm>

#include "events/record_index.hpp"
#include "handlers/commit.hpp"

namespace pakashop {
namespace {

DecodedRecord read_record(Store& store, PartitionId partition, std::uint64_t seq) {
    const auto bytes = store.record(partition, seq);
    if (!bytes) throw CorruptStream{"a record the index names is missing"};
    auto record = decode_record(*bytes);
    if (!record) throw CorruptStream{"a record the index names cannot be read"};
    return *std::move(record);
}

void fold_record(DecodedRecord decoded, const std::string& stream, StreamState& into) {
    const auto original = original_of(std::move(decoded));
    if (!original) throw CorruptStream{"an import holds no record"};
    const Record& record = original->record;
    for (const RecordedEvent& stored : record.events) {
        if (stored.stream != stream || stored.version <= into.version) continue;
        const auto event = decode_event(stored.type, stored.payload);
        if (!event) throw CorruptStream{"an event of type " + stored.type + " cannot be decoded"};
        evolve(into.state, *event);
        into.version = stored.version;
        into.bytes += stored.payload.size();
    }
}

// Only declared states are ever written down as snapshots: none is looked for where there is none.
bool may_have_snapshot(const AnyState& state) {
    return std::visit([]<class State>(const State&) { return Declared<State>; }, state);
}

// The newest state written down that is no younger than that record. While a younger one is on its
// way, or there already, it is the one before.
std::optional<StreamState>
load_snapshot(Store& store, PartitionId partition, const std::string& stream, std::uint64_t last) {
    for (const std::string& name : {stream, previous_snapshot(stream)}) {
        const auto snapshot = store.snapshot(partition, name);
        if (!snapshot || snapshot->seq > last) continue;
        auto state = from_snapshot(stream, snapshot->bytes);
        if (!state) continue;
        const std::size_t size = snapshot->bytes.size();
        return StreamState{*std::move(state), snapshot->version, size, size};
    }
    return std::nullopt;
}

}  // namespace

std::string previous_snapshot(std::string_view stream) { return "~" + std::string{stream}; }

StreamState load_stream(Store& store, PartitionId partition, const std::string& stream) {
    return load_stream_until(store, partition, stream, UINT64_MAX);
}

StreamState load_stream_until(
    Store& store,
    PartitionId partition,
    const std::string& stream,
    std::uint64_t last_seq
) {
    auto initial = initial_state(stream);
    require(initial.has_value(), "a stream's name begins with a known category");
    StreamState loaded{*std::move(initial)};
    if (may_have_snapshot(loaded.state)) {
        auto kept = load_snapshot(store, partition, stream, last_seq);
        if (kept) loaded = *std::move(kept);
    }
    for (const std::uint64_t seq : store.stream(partition, stream, loaded.version)) {
        if (seq > last_seq) break;
        fold_record(read_record(store, partition, seq), stream, loaded);
    }
    return loaded;
}

std::vector<std::shared_ptr<const Commit>>
load_history(Store& store, PartitionId partition, std::string_view key, std::uint64_t last_seq) {
    std::vector<std::shared_ptr<const Commit>> commits;
    for (const std::uint64_t seq : store.key_history(partition, key, last_seq)) {
        const DecodedRecord decoded = read_record(store, partition, seq);
        if (auto commit = to_commit(decoded.record, decoded.hash)) {
            commits.push_back(std::move(commit));
        }
    }
    return commits;
}

Instant newest_record_time(Store& store, std::uint32_t partitions) {
    Instant newest{};
    for (std::uint32_t i = 0; i < partitions; ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const std::uint64_t end = store.state(partition).place.seq;
        if (end > 0) newest = std::max(newest, read_record(store, partition, end - 1).record.at);
    }
    return newest;
}

}  // namespace pakashop
