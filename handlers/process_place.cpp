#include "handlers/process_place.hpp"

#include "events/kernel/json.hpp"

namespace pakashop {
namespace {

constexpr std::string_view place_name = "~processes";
constexpr std::string_view member = "processes";

}  // namespace

std::string encode_process_place(std::uint64_t place) {
    std::string body;
    JsonWriter{body}
        .begin_object()
        .key(member)
        .integer(static_cast<std::int64_t>(place))
        .end_object();
    return body;
}

Snapshot process_place_snapshot(std::uint64_t place) {
    return {std::string{place_name}, static_cast<std::int64_t>(place), 0, {}};
}

std::optional<Snapshot> process_place_in(const Record& record) {
    if (record.kind != RecordKind::checkpoint || record.body.empty()) return std::nullopt;
    JsonParser parser;
    const auto body = parser.parse(record.body);
    const auto place = body ? body->member(member) : std::nullopt;
    const auto number = place ? place->integer() : std::nullopt;
    if (!number || *number < 0) return std::nullopt;
    return process_place_snapshot(static_cast<std::uint64_t>(*number));
}

std::uint64_t process_place(Store& store, PartitionId partition) {
    const auto place = store.snapshot(partition, place_name);
    return place ? static_cast<std::uint64_t>(place->version) : 0;
}

}  // namespace pakashop
