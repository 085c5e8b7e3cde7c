"""What OpenStack's sushy sees and does of one BMC: argv are its URL and user, stdin the password; stdout is JSON.

Its certificate is verified, against the file in REQUESTS_CA_BUNDLE."""
import json, sys
import sushy
from sushy import auth

url, user = sys.argv[1:3]
password = sys.stdin.readline().strip()
told = {}


def options(system):
    system.refresh()
    return [system.boot.enabled.value, system.boot.target.value]


credentials = auth.SessionAuth(user, password)
root = sushy.Sushy(url, auth=credentials)
system = root.get_system('/redfish/v1/Systems/1')
told['session'] = bool(credentials.get_session_key())
told['identity'] = [root.identity, system.identity, system.uuid]
told['health'] = system.status.health.value
told['memory'] = system.memory_summary.size_gib
told['macs'] = list(system.ethernet_interfaces.summary)
told['processors'] = [system.processors.summary.count, system.processors.summary.architecture.value]
told['resets'] = sorted(value.value for value in system.get_allowed_reset_system_values())
told['targets'] = sorted(value.value for value in system.get_allowed_system_boot_source_values())
power = [system.power_state.value]
boot = [options(system)]


def reset(value):
    system.reset_system(value)
    system.refresh()
    power.append(system.power_state.value)


system.set_system_boot_options(sushy.BootSource.PXE, sushy.BootSourceOverrideEnabled.ONCE)
boot.append(options(system))
reset(sushy.ResetType.ON)
boot.append(options(system))
system.set_system_boot_options(sushy.BootSource.HDD, sushy.BootSourceOverrideEnabled.CONTINUOUS)
reset(sushy.ResetType.FORCE_RESTART)
boot.append(options(system))
system.set_system_boot_options(mode=sushy.BootSourceOverrideMode.LEGACY)
reset(sushy.ResetType.POWER_CYCLE)
reset(sushy.ResetType.FORCE_OFF)
told['power'], told['boot'] = power, boot

system.set_indicator_led(sushy.IndicatorLED.LIT)
system.refresh()
told['led'] = system.indicator_led.value

manager = system.managers[0]
told['manager'] = [manager.manager_type.value, manager.firmware_version]
media = [one for one in manager.virtual_media.get_members() if sushy.VirtualMediaType.CD in one.media_types][0]
media.insert_media('http://images/one.iso')
media.refresh()
inserted = [media.inserted, media.image]
media.eject_media()
media.refresh()
told['media'] = [inserted, [media.inserted, media.image]]
told['thermal'] = [one.reading_celsius for one in system.chassis[0].thermal.temperatures]

refusals = []
for number, work in enumerate((
    lambda: root._conn.post('/redfish/v1/Systems/1/Actions/ComputerSystem.Reset', data={'ResetType': 'Nmi'}),
    lambda: root._conn.patch('/redfish/v1/Systems/1', data={'Boot': {'BootSourceOverrideTarget': 'Floppy'}}),
    lambda: root._conn.patch('/redfish/v1/Systems/1', data={'AssetTag': 'x'}, etag='"old"'),
    lambda: root.get_system('/redfish/v1/Systems/2'),
)):
    try:
        work()
        refusals.append('done')
    except sushy.exceptions.HTTPError as error:
        refusals.append([error.status_code, error.code.split('.')[-1], error.detail is not None])
told['refusals'] = refusals
credentials.close()

try:
    sushy.Sushy(url, auth=auth.SessionAuth(user, 'wrong'))
    told['wrong'] = 'let in'
except sushy.exceptions.AccessError:
    told['wrong'] = 'kept out'

# Without sessions, and while nobody is logged in any more.
basic = sushy.Sushy(url, auth=auth.BasicAuth(user, password))
told['sessions'] = len(basic.get_session_service().sessions.members_identities)
print(json.dumps(told))
