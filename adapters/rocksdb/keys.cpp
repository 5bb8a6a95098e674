#include "adapters/rocksdb/keys.hpp"

#include <array>

#include "events/kernel/hash.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::log_keys {
namespace {

template <class T>
void append_big_endian(std::string& out, T number) {
    std::array<char, sizeof(T)> bytes;
    for (std::size_t i = bytes.size(); i-- > 0; number >>= 8) {
        bytes[i] = static_cast<char>(number & 0xff);
    }
    out.append(bytes.data(), bytes.size());
}

std::string named(std::string_view kind, PartitionId partition, std::string_view name) {
    require(name.size() <= 0xffff, "a stream or key has a short name");
    std::string out;
    out.reserve(kind.size() + name.size() + 12);
    out += kind;
    append_number(out, partition);
    append_number(out, static_cast<std::uint16_t>(name.size()));
    out += name;
    return out;
}

}  // namespace

void append_number(std::string& out, std::uint16_t number) { append_big_endian(out, number); }
void append_number(std::string& out, std::uint64_t number) { append_big_endian(out, number); }

std::uint64_t read_number(std::string_view bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return number;
}

std::string record(PartitionId partition, std::uint64_t seq) {
    std::string out;
    append_number(out, partition);
    append_number(out, seq);
    return out;
}

std::string command(PartitionId partition, const CommandId& id) {
    std::string out;
    out.reserve(2 + id.size());
    append_number(out, partition);
    out += text_of(id);
    return out;
}

std::string state(PartitionId partition) {
    std::string out{"state"};
    append_number(out, partition);
    return out;
}

std::string offset(PartitionId partition) {
    std::string out{"offset"};
    append_number(out, partition);
    return out;
}

std::string snapshot(PartitionId partition, std::string_view stream) {
    return named("snapshot", partition, stream);
}

std::string stream_prefix(PartitionId partition, std::string_view stream) {
    return named("s", partition, stream);
}

std::string key_prefix(PartitionId partition, std::string_view key) {
    return named("k", partition, key);
}

}  // namespace pakashop::log_keys
