#include "handlers/commit.hpp"

#include <algorithm>
#include <initializer_list>

#include "events/record_index.hpp"

namespace pakashop {
namespace {

CommandId hash_of_parts(std::initializer_list<std::string_view> parts) {
    Sha256 hash;
    for (const std::string_view part : parts)
        hash.add(std::to_string(part.size())).add(":").add(part);
    const Digest digest = hash.finish();
    CommandId id;
    std::copy_n(digest.begin(), id.size(), id.begin());
    return id;
}

}  // namespace

CommandId command_id(
    std::string_view principal,
    std::string_view method,
    std::string_view path,
    std::string_view key
) {
    return hash_of_parts({principal, method, path, key});
}

CommandId
derived_command_id(std::string_view origin, std::string_view what, std::string_view target) {
    return hash_of_parts({origin, what, target});
}

namespace {

// What was carried over is a commit like any other, at the place it has here.
std::shared_ptr<const Commit> carried_commit(const Record& import) {
    const auto original = original_of(DecodedRecord{import, {}});
    if (!original) throw CorruptStream{"an import holds no record"};
    const auto commit = to_commit(original->record, original->hash);
    if (!commit) return nullptr;
    auto here = std::make_shared<Commit>(*commit);
    here->partition = import.partition;
    here->seq = import.seq;
    return here;
}

}  // namespace

std::shared_ptr<const Commit> to_commit(const Record& record, const Digest& hash) {
    if (record.kind == RecordKind::import) return carried_commit(record);
    if (record.kind != RecordKind::commit) return nullptr;
    auto commit = std::make_shared<Commit>();
    commit->partition = record.partition;
    commit->seq = record.seq;
    commit->key = record.key;
    commit->command = record.command;
    commit->command_type = record.command_type;
    commit->actor = record.actor;
    commit->trace = record.trace;
    commit->at = record.at;
    commit->hash = hash;
    for (const RecordedEvent& stored : record.events) {
        auto event = decode_event(stored.type, stored.payload);
        if (!event) throw CorruptStream{"an event of type " + stored.type + " cannot be decoded"};
        commit->events.push_back({stored.id, stored.stream, stored.version, *std::move(event)});
    }
    return commit;
}

}  // namespace pakashop
