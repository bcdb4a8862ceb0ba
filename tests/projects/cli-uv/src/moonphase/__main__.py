from moonphase.cli import main

raise SystemExit(main())
