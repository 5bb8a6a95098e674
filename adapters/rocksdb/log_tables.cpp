#include "adapters/rocksdb/log_tables.hpp"

#include <algorithm>
#include <charconv>

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/values.hpp"
#include "events/codec.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

// Stored for ever.
constexpr std::string_view log_format = "2";
constexpr std::string_view replica_format = "replica 1";
// How many records of each partition are checked at opening: all of a usual last flush.
constexpr std::uint64_t tail_records = 64;

std::string_view view_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

void refuse_damage(const rocksdb::Status& status) {
    if (!status.ok()) throw CorruptStream{"the log cannot be read: " + status.ToString()};
}

// The value of a key; nothing when there is none.
std::optional<rocksdb::PinnableSlice>
find(const Database& database, rocksdb::ColumnFamilyHandle* family, const std::string& key) {
    rocksdb::PinnableSlice value;
    const auto status = database.db().Get(rocksdb::ReadOptions{}, family, key, &value);
    if (status.IsNotFound()) return std::nullopt;
    refuse_damage(status);
    return value;
}

std::optional<std::uint32_t> parse_count(std::string_view text) {
    std::uint32_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    return whole && count >= 1 && count <= slices ? std::optional{count} : std::nullopt;
}

template <class T>
T require_readable(std::optional<T> value, std::string_view what) {
    if (!value) throw CorruptStream{"the log holds an unreadable " + std::string{what}};
    return *std::move(value);
}

std::string at_partition(PartitionId partition, std::string_view what) {
    return "partition " + std::to_string(partition) + ": " + std::string{what};
}

}  // namespace

std::string text_of(const LogIdentity& identity) {
    const bool log = identity.kind == LogKind::log;
    return std::string{log ? "the log" : "a replica of the log"} + " of generation " +
           identity.generation + " with " + std::to_string(identity.partitions) + " partitions";
}

bool LogTables::initialise(Database& database, const LogIdentity& identity) {
    const bool log = identity.kind == LogKind::log;
    rocksdb::WriteBatch batch;
    batch.Put(database.about(), "format", std::string{log ? log_format : replica_format});
    batch.Put(database.about(), "generation", identity.generation);
    batch.Put(database.about(), "partitions", std::to_string(identity.partitions));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return database.db().Write(synced, &batch).ok();
}

Result<std::unique_ptr<LogTables>, std::string> LogTables::load(Database database) {
    std::unique_ptr<LogTables> tables{new LogTables{std::move(database)}};
    try {
        std::string problem = tables->load_all();
        if (!problem.empty()) return unexpected{std::move(problem)};
    } catch (const CorruptStream& damage) {
        return unexpected{std::string{damage.what()}};
    }
    return tables;
}

std::string LogTables::load_all() {
    const auto format = find(database_, database_.about(), "format");
    const auto generation = find(database_, database_.about(), "generation");
    const auto partitions = find(database_, database_.about(), "partitions");
    if (!format || !generation || !partitions) return "it is not a log of this program";
    if (view_of(*format) == replica_format) {
        kind_ = LogKind::replica;
    } else if (view_of(*format) != log_format) {
        return "it is of a format this program does not know";
    }
    generation_ = view_of(*generation);
    const auto count = parse_count(view_of(*partitions));
    if (!count) return "its number of partitions is unreadable";
    for (std::uint32_t i = 0; i < *count; ++i) {
        std::string problem = load_partition(static_cast<PartitionId>(i));
        if (!problem.empty()) return problem;
    }
    return {};
}

std::string LogTables::load_partition(PartitionId partition) {
    const auto stored = find(database_, database_.about(), log_keys::state(partition));
    if (!stored) {
        states_.push_back(Admission{generation_, partition}.state());
        return {};
    }
    const auto state = log_values::decode_state(view_of(*stored));
    if (!state) return at_partition(partition, "its state is unreadable");
    states_.push_back(*state);
    if (state->place.seq == 0) return {};
    const auto last = record(partition, state->place.seq - 1);
    if (!last) return at_partition(partition, "its last record is missing");
    const auto decoded = decode_record(*last);
    if (!decoded) return at_partition(partition, "its last record is damaged");
    database_.newest().raise(partition, decoded->record.at.ms);
    return {};
}

AdmissionState LogTables::state(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    return states_.at(partition);
}

std::vector<Place> LogTables::places() const {
    const std::lock_guard lock{mutex_};
    std::vector<Place> out;
    for (const AdmissionState& state : states_) out.push_back(state.place);
    return out;
}

void LogTables::publish(PartitionId partition, const AdmissionState& state, Instant newest) {
    database_.newest().raise(partition, newest.ms);
    const std::lock_guard lock{mutex_};
    states_.at(partition) = state;
}

std::vector<LogEntry>
LogTables::read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) const {
    std::vector<LogEntry> entries;
    const std::uint64_t last = end(partition);
    if (offset >= last) return entries;
    const std::string beyond = log_keys::record(partition, last);
    const rocksdb::Slice upper{beyond};
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    options.fill_cache = false;
    // Whoever decodes a record checks its SHA-256, and here the head beside it is checked against
    // the chain: RocksDB's checksum would come on top, at the price of both.
    options.verify_checksums = false;
    Digest head = head_at(partition, offset).value();
    const std::unique_ptr<rocksdb::Iterator> at{
        database_.db().NewIterator(options, database_.records())
    };
    std::size_t bytes = 0;
    for (at->Seek(log_keys::record(partition, offset)); at->Valid(); at->Next()) {
        const std::uint64_t seq = log_keys::read_number(view_of(at->key()).substr(2));
        if (seq != offset) break;
        const auto stored = log_values::decode_entry(view_of(at->value()));
        const auto entry = require_readable(stored, "record");
        head = next_head(head, hash_in(entry.record));
        if (head != entry.head_after) {
            throw CorruptStream{at_partition(partition, "a head is not of the chain")};
        }
        entries.push_back({seq, std::string{entry.record}});
        bytes += entries.back().bytes.size();
        if (++offset == last || bytes >= bytes_max) return entries;
    }
    refuse_damage(at->status());
    const std::string where = "record " + std::to_string(offset);
    throw CorruptStream{at_partition(partition, where + " is missing")};
}

std::optional<Digest> LogTables::head_at(PartitionId partition, std::uint64_t seq) const {
    if (seq == 0) return genesis_head(generation_, partition);
    if (seq > end(partition)) return std::nullopt;
    const auto value = find(database_, database_.records(), log_keys::record(partition, seq - 1));
    if (!value) throw CorruptStream{at_partition(partition, "a record is missing")};
    return require_readable(log_values::decode_entry(view_of(*value)), "record").head_after;
}

std::optional<std::string> LogTables::record(PartitionId partition, std::uint64_t seq) const {
    if (seq >= end(partition)) return std::nullopt;
    const auto value = find(database_, database_.records(), log_keys::record(partition, seq));
    if (!value) throw CorruptStream{at_partition(partition, "a record is missing")};
    return std::string{require_readable(log_values::decode_entry(view_of(*value)), "record").record
    };
}

std::optional<SeenCommand> LogTables::find_command(PartitionId partition, const CommandId& command)
    const {
    const std::uint64_t last = end(partition);
    const auto value = find(database_, database_.commands(), log_keys::command(partition, command));
    if (!value) return std::nullopt;
    const auto entry = require_readable(log_values::decode_command(view_of(*value)), "command");
    if (entry.seen.seq >= last) return std::nullopt;
    if (newest(partition) - entry.at > commands_remembered) return std::nullopt;
    return entry.seen;
}

std::vector<std::uint64_t> LogTables::stream(
    PartitionId partition,
    std::string_view stream,
    std::int64_t after_version
) const {
    std::vector<std::uint64_t> out;
    const std::uint64_t last = end(partition);
    const std::string prefix = log_keys::stream_prefix(partition, stream);
    // Each entry says where the next one is: filters and hashes answer for those that are not
    // there.
    while (true) {
        std::string key = prefix;
        log_keys::append_number(key, static_cast<std::uint64_t>(after_version) + 1);
        const auto value = find(database_, database_.index(), key);
        if (!value) return out;
        const auto stored = log_values::decode_stream_entry(view_of(*value));
        const auto entry = require_readable(stored, "stream entry");
        if (entry.seq >= last) return out;
        out.push_back(entry.seq);
        after_version = entry.last_version;
    }
}

std::vector<std::uint64_t>
LogTables::key_history(PartitionId partition, std::string_view key, std::uint64_t last_seq) const {
    std::vector<std::uint64_t> out;
    const std::uint64_t last = end(partition);
    const std::string prefix = log_keys::key_prefix(partition, key);
    std::string from = prefix;
    log_keys::append_number(from, std::uint64_t{0});
    const std::unique_ptr<rocksdb::Iterator> at{
        database_.db().NewIterator(rocksdb::ReadOptions{}, database_.index())
    };
    for (at->Seek(from); at->Valid() && at->key().starts_with(prefix); at->Next()) {
        const std::uint64_t seq = log_keys::read_number(view_of(at->key()).substr(prefix.size()));
        if (seq > last_seq || seq >= last) break;
        out.push_back(seq);
    }
    refuse_damage(at->status());
    return out;
}

std::optional<Snapshot> LogTables::snapshot(PartitionId partition, std::string_view stream) const {
    const std::uint64_t last = end(partition);
    const auto value = find(database_, database_.about(), log_keys::snapshot(partition, stream));
    if (!value) return std::nullopt;
    auto snapshot =
        require_readable(log_values::decode_snapshot(stream, view_of(*value)), "snapshot");
    if (snapshot.seq >= last) return std::nullopt;
    return snapshot;
}

std::uint64_t LogTables::compact_commands() {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    refuse_damage(database_.db().CompactRange(options, database_.commands(), nullptr, nullptr));
    rocksdb::ReadOptions whole;
    whole.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> at{
        database_.db().NewIterator(whole, database_.commands())
    };
    std::uint64_t left = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) ++left;
    refuse_damage(at->status());
    return left;
}

std::optional<FileProblem> LogTables::check_files() {
    const rocksdb::Status status = database_.db().VerifyChecksum();
    if (status.ok()) return std::nullopt;
    return FileProblem{status.ToString(), status.IsPathNotFound()};
}

std::string LogTables::check_tails() const {
    for (std::uint32_t i = 0; i < partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        try {
            const std::string problem = check_tail(partition);
            if (!problem.empty()) return at_partition(partition, problem);
        } catch (const CorruptStream& damage) {
            return damage.what();
        }
    }
    return {};
}

std::string LogTables::check_tail(PartitionId partition) const {
    const AdmissionState at = state(partition);
    if (find(database_, database_.records(), log_keys::record(partition, at.place.seq))) {
        return "a record lies beyond the end";
    }
    std::uint64_t seq = at.place.seq - std::min(at.place.seq, tail_records);
    Digest head = head_at(partition, seq).value();
    for (; seq < at.place.seq; ++seq) {
        const auto decoded = decode_record(record(partition, seq).value());
        const std::string where = "record " + std::to_string(seq);
        if (!decoded) return where + " is " + std::string{name_of(decoded.error())};
        head = next_head(head, decoded->hash);
        if (head_at(partition, seq + 1) != head) return where + " is not in the chain";
        if (decoded->record.epoch > at.epoch) return where + " is of a later epoch";
    }
    return head == at.place.head ? "" : "its last record does not lead to its state";
}

}  // namespace pakashop
