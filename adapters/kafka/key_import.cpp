#include "adapters/kafka/key_import.hpp"

namespace pakashop::kafka {
namespace {

using Kind = KeyRecordName::Kind;

// A copy that was broken off may have brought a key that was destroyed at its source since then.
bool leads_on(const KeyTable::Entry& known, const WrappedKey& key) {
    if (known.lost || known.number > key.number) return false;
    return known.number < key.number || key.wrapped.empty();
}

}  // namespace

WrappedKey wrapped_key_of(const std::string& subject, const KeyTable::Entry& entry) {
    return {subject, entry.number, entry.wrapped};
}

Result<std::vector<OutRecord>, std::string>
missing_keys(const KeyTable& table, std::span<const WrappedKey> keys, std::uint64_t mark) {
    std::vector<OutRecord> out;
    for (const WrappedKey& key : keys) {
        const KeyTable::Entry known = table.of(key.subject);
        if (!known.lost && wrapped_key_of(key.subject, known) == key) continue;
        if (!leads_on(known, key)) return unexpected{key.subject};
        const bool destroyed = key.wrapped.empty();
        const Kind kind = destroyed ? Kind::end : Kind::key;
        const KeyRecordName name{kind, key.subject, key.number, mark};
        out.push_back({name.text(), destroyed ? std::string{end_value} : key.wrapped});
    }
    return out;
}

}  // namespace pakashop::kafka
