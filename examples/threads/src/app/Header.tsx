// The page's head: where one is, which client library carries the news, and who one is.
import { Mark } from '../theme/Mark.tsx'
import { ThemeToggle } from '../theme/ThemeToggle.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import { ClientSwitch } from './ClientSwitch.tsx'
import { ConnectionDot } from './ConnectionDot.tsx'
import './header.css'
import { useMe } from './me.tsx'
import { LIST_ADDRESS } from './route.ts'

/** The page's head. */
export function Header() {
  const { organization } = useMe()
  return (
    <header className="header">
      <a className="header__brand" href={LIST_ADDRESS}>
        <Mark size={26} />
        <span className="header__name">Threads</span>
        <span className="header__organization">{organization.name}</span>
      </a>
      <div className="header__tools">
        <ConnectionDot />
        <ClientSwitch />
        <ThemeToggle />
        <AccountMenu />
      </div>
    </header>
  )
}
