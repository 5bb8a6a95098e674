#include "adapters/rocksdb/record_writer.hpp"

#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/values.hpp"
#include "events/record_index.hpp"

namespace pakashop {
namespace {

void stage_indexes(
    rocksdb::WriteBatch& writes,
    const Database& database,
    PartitionId partition,
    std::uint64_t seq,
    const Record& record
) {
    std::string position;
    log_keys::append_number(position, seq);
    const log_values::CommandEntry command{{seq, record.fingerprint}, record.at};
    writes.Put(
        database.commands(),
        log_keys::command(partition, record.command),
        log_values::encode_command(command)
    );
    writes.Put(database.index(), log_keys::key_prefix(partition, record.key) + position, "");
    for (const StreamSpan& span : stream_spans(record)) {
        std::string key = log_keys::stream_prefix(partition, span.stream);
        log_keys::append_number(key, static_cast<std::uint64_t>(span.first));
        writes.Put(database.index(), key, log_values::encode_stream_entry({seq, span.last}));
    }
}

}  // namespace

bool stage_record(
    rocksdb::WriteBatch& writes,
    const Database& database,
    std::uint64_t seq,
    const Digest& head_after,
    const StagedRecord& staged
) {
    const PartitionId partition = staged.record->partition;
    const rocksdb::Slice parts[] = {
        {reinterpret_cast<const char*>(head_after.data()), head_after.size()},
        {staged.bytes.data(), staged.bytes.size()}
    };
    const std::string key = log_keys::record(partition, seq);
    const rocksdb::Slice key_part{key};
    writes.Put(
        database.records(), rocksdb::SliceParts{&key_part, 1}, rocksdb::SliceParts{parts, 2}
    );
    if (staged.record->kind == RecordKind::commit) {
        stage_indexes(writes, database, partition, seq, *staged.record);
    } else if (staged.record->kind == RecordKind::import) {
        const auto original = original_of(*staged.record);
        if (!original) return false;
        const bool commit = original->kind == RecordKind::commit;
        if (commit) stage_indexes(writes, database, partition, seq, *original);
    }
    return true;
}

void stage_snapshot(
    rocksdb::WriteBatch& writes,
    const Database& database,
    PartitionId partition,
    const Snapshot& snapshot
) {
    const std::string key = log_keys::snapshot(partition, snapshot.stream);
    writes.Put(database.about(), key, log_values::encode_snapshot(snapshot));
}

void stage_state(
    rocksdb::WriteBatch& writes,
    const Database& database,
    PartitionId partition,
    const AdmissionState& state
) {
    writes.Put(database.about(), log_keys::state(partition), log_values::encode_state(state));
}

}  // namespace pakashop
