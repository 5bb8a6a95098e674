#include "tests/kit/sample.hpp"

#include "events/public_view.hpp"

namespace pakashop::kit {
namespace {

template <class Event>
std::vector<EventSample::Field> fields_of() {
    std::vector<EventSample::Field> out;
    const auto add = [&]<class F>(const F& each) {
        const bool optional = codec::IsOptional<typename F::member_type>::value;
        out.push_back({each.name, optional, public_view::is_told<F>});
    };
    std::apply([&](const auto&... each) { (add(each), ...); }, Event::fields());
    return out;
}

std::vector<EventSample> make_samples() {
    std::vector<EventSample> out;
    const auto add = [&]<class Event>(std::type_identity<Event>) {
        out.push_back({Event::type, as_any(sample<Event>()), fields_of<Event>()});
    };
    const auto family = [&]<class... Events>(std::type_identity<std::variant<Events...>>) {
        (add(std::type_identity<Events>{}), ...);
    };
    const auto all = [&]<class... Families>(std::type_identity<std::variant<Families...>>) {
        (family(std::type_identity<Families>{}), ...);
    };
    all(std::type_identity<AnyEvent>{});
    return out;
}

}  // namespace

const std::vector<EventSample>& event_samples() {
    static const std::vector<EventSample> all = make_samples();
    return all;
}

}  // namespace pakashop::kit
